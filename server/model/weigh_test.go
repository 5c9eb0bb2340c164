package model

import (
	"reflect"
	"unsafe"
)

// scale measures the memory that values take, with everything that they point to. It
// counts each byte once. That way it finds whatever a structure keeps.
type scale struct {
	seen  map[unsafe.Pointer]bool
	apart map[reflect.Type]bool // values of these types weigh nothing
}

// newScale returns a scale that does not count the object at place, nor values of the
// types to which apart has nil pointers.
func newScale(place unsafe.Pointer, apart ...any) *scale {
	s := &scale{seen: map[unsafe.Pointer]bool{place: true}, apart: map[reflect.Type]bool{}}
	for _, nothing := range apart {
		s.apart[reflect.TypeOf(nothing).Elem()] = true
	}
	return s
}

// weigh returns the size in bytes of everything that v points to, without v itself.
func (s *scale) weigh(v reflect.Value) (bytes int) {
	if s.apart[v.Type()] {
		return 0
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !s.apart[v.Type().Elem()] && s.isNew(v.UnsafePointer()) {
			bytes = int(v.Elem().Type().Size()) + s.weigh(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			bytes = s.weigh(v.Elem())
		}
	case reflect.String:
		if text := v.String(); s.isNew(unsafe.Pointer(unsafe.StringData(text))) {
			bytes = len(text)
		}
	case reflect.Slice:
		if s.isNew(v.UnsafePointer()) {
			bytes = v.Cap() * int(v.Type().Elem().Size())
		}
		fallthrough
	case reflect.Array:
		if leads(v.Type().Elem()) {
			for i := range v.Len() {
				bytes += s.weigh(v.Index(i))
			}
		}
	case reflect.Map:
		slot := int(v.Type().Key().Size() + v.Type().Elem().Size())
		bytes = v.Len() * slot * 4 / 3
		for key, value := range v.Seq2() {
			bytes += s.weigh(key) + s.weigh(value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			bytes += s.weigh(v.Field(i))
		}
	}
	return bytes
}

// isNew reports whether the memory at the address is counted for the first time.
func (s *scale) isNew(at unsafe.Pointer) bool {
	if at == nil || s.seen[at] {
		return false
	}
	s.seen[at] = true
	return true
}

// leads reports whether values of the type can point to more memory.
func leads(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.String, reflect.Slice, reflect.Map, reflect.Struct, reflect.Array:
		return true
	}
	return false
}
