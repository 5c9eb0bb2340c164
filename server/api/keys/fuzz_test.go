package keys

import (
	"reflect"
	"testing"
)

// Whatever is in a file is refused, or is what its own lines say.
func FuzzParse(f *testing.F) {
	f.Add("ci read,admin " + sumOfTest)
	f.Add("# nothing\n\na read " + sumOfTest + "\r\nb moderate 00")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parse(text)
		if err != nil {
			return
		}
		written := ""
		for _, k := range all {
			written += k.line()
		}
		if again, err := parse(written); err != nil || !reflect.DeepEqual(again, all) {
			t.Errorf("%q is read as %v, and that as %v, %v", text, all, again, err)
		}
	})
}
