package shared_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"rollcall/shared"
)

func TestCheckUser(t *testing.T) {
	const bad, name, note, status = shared.CodeBadEvent, shared.CodeBadName, shared.CodeBadNote, shared.CodeBadStatus
	for what, c := range map[string]struct {
		change func(*shared.User)
		want   shared.Code
	}{
		"valid":                              {func(*shared.User) {}, ""},
		"without a note":                     {func(u *shared.User) { u.Note = "" }, ""},
		"from 1970":                          {func(u *shared.User) { u.JoinedAt = 0 }, ""},
		"with a family":                      {func(u *shared.User) { u.Name = "👩\u200d👧" }, ""},
		"without an id":                      {func(u *shared.User) { u.ID = "" }, bad},
		"with a short id":                    {func(u *shared.User) { u.ID = u.ID[1:] }, bad},
		"with a long id":                     {func(u *shared.User) { u.ID += "A" }, bad},
		"with an id for a shell":             {func(u *shared.User) { u.ID = "AAAAAAAA\nAAAAAAA" }, bad},
		"with an id in lower case":           {func(u *shared.User) { u.ID = strings.ToLower(u.ID) }, bad},
		"without a name":                     {func(u *shared.User) { u.Name = "" }, name},
		"of a name of space":                 {func(u *shared.User) { u.Name = " " }, name},
		"of a name with space":               {func(u *shared.User) { u.Name = "Ada " }, name},
		"of a name too long":                 {func(u *shared.User) { u.Name = strings.Repeat("a", 65) }, name},
		"of a name of many bytes":            {func(u *shared.User) { u.Name = strings.Repeat("a", 1<<20) }, name},
		"of a name that escapes":             {func(u *shared.User) { u.Name = "Ada\x1b[2J" }, name},
		"of a name that turns":               {func(u *shared.User) { u.Name = "Ada\u202e" }, name},
		"of a name that is bytes":            {func(u *shared.User) { u.Name = "Ada\xff" }, name},
		"with a note too long":               {func(u *shared.User) { u.Note = strings.Repeat("a", 141) }, note},
		"with a note of lines":               {func(u *shared.User) { u.Note = "lunch\nback at 2" }, note},
		"with a note with space":             {func(u *shared.User) { u.Note = " lunch" }, note},
		"with a note that is none":           {func(u *shared.User) { u.Note = " " }, note},
		"with two devices":                   {func(u *shared.User) { u.Devices = 2 }, ""},
		"with nine":                          {func(u *shared.User) { u.Devices = 9 }, ""},
		"with one that is shown":             {func(u *shared.User) { u.Devices = 1 }, bad},
		"with ten":                           {func(u *shared.User) { u.Devices = 10 }, bad},
		"with less than none":                {func(u *shared.User) { u.Devices = -1 }, bad},
		"with a note that ends":              {func(u *shared.User) { u.NoteUntil = 1 }, ""},
		"with a note that ended long before": {func(u *shared.User) { u.NoteUntil = -1 }, bad},
		"with a note that never ends":        {func(u *shared.User) { u.NoteUntil = math.MaxInt64 }, bad},
		"without a status":                   {func(u *shared.User) { u.Status = "" }, status},
		"of another status":                  {func(u *shared.User) { u.Status = `"><script>` }, status},
		"a host":                             {func(u *shared.User) { u.Role = shared.RoleHost }, ""},
		"of another role":                    {func(u *shared.User) { u.Role = "member" }, bad},
		"with an info":                       {func(u *shared.User) { u.Info = info("team", "R&D", "desk", "") }, ""},
		"with a long info":                   {func(u *shared.User) { u.Info = decoded(`{"k":"` + strings.Repeat("v", 1024) + `"}`) }, bad},
		"with a wide info": {func(u *shared.User) {
			u.Info = decoded(`{"1":"","2":"","3":"","4":"","5":"","6":"","7":"","8":"","9":""}`)
		}, bad},
		"with an info of lines":   {func(u *shared.User) { u.Info = decoded(`{"k":"a\nb"}`) }, bad},
		"with an info of no key":  {func(u *shared.User) { u.Info = decoded(`{"":"v"}`) }, bad},
		"with an info with space": {func(u *shared.User) { u.Info = decoded(`{"k":" v"}`) }, bad},
		"idle since":              {func(u *shared.User) { u.StatusSince = u.JoinedAt + 1 }, ""},
		"idle since the arrival":  {func(u *shared.User) { u.StatusSince = u.JoinedAt }, bad},
		"idle since before":       {func(u *shared.User) { u.StatusSince = -1 }, bad},
		"idle for ever":           {func(u *shared.User) { u.StatusSince = math.MaxInt64 }, bad},
		"from before 1970":        {func(u *shared.User) { u.JoinedAt = -1 }, bad},
		"from the end of time":    {func(u *shared.User) { u.JoinedAt = math.MaxInt64 }, bad},
	} {
		u := shared.User{
			ID: shared.MemberID("the-secret-key-of-Ada"), Name: "Ada", Note: "lunch",
			Status: shared.StatusIdle, JoinedAt: 1_800_000_000_000,
		}
		c.change(&u)
		err := shared.CheckUser(u)
		if (err == nil) != (c.want == "") {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil {
			wantCode(t, err, c.want, true)
			if len(err.Error()) > 200 || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%s: the error repeats the bad value: %q", what, err)
			}
		}
	}
}

// decoded returns an Info as it comes from another server.
func decoded(text string) (i shared.Info) {
	if err := json.Unmarshal([]byte(text), &i); err != nil {
		panic(err)
	}
	return i
}

func TestReasons(t *testing.T) {
	for _, r := range []shared.Reason{
		shared.ReasonLeft, shared.ReasonClosed, shared.ReasonTimeout, shared.ReasonKicked, shared.ReasonNodeLost,
	} {
		if !r.Valid() {
			t.Errorf("%s is not valid", r)
		}
	}
	if shared.Reason("").Valid() || shared.Reason("LEFT").Valid() {
		t.Error("what is no reason is valid")
	}
}

// Whatever is added to a User must be in all that is defined for it. This test goes
// through the fields, and fails for one that is forgotten somewhere.
func TestUserIsDefinedForEachField(t *testing.T) {
	kind := reflect.TypeFor[shared.User]()
	for i := range kind.NumField() {
		name := kind.Field(i).Name
		var u shared.User
		field := reflect.ValueOf(&u).Elem().Field(i)
		switch field.Kind() {
		case reflect.String:
			field.SetString("idle")
		case reflect.Int, reflect.Int64:
			field.SetInt(1234)
		case reflect.Struct:
			field.Set(reflect.ValueOf(info("k", "i")))
		default:
			t.Fatalf("%s is of another kind: have it tested here, too", name)
		}
		if shared.HashUser(u) == shared.HashUser(shared.User{}) {
			t.Errorf("HashUser leaves out %s", name)
		}
		if !field.CanInt() && u.TextBytes() != len("idle") {
			t.Errorf("TextBytes leaves out %s", name)
		}
		var got recorder
		if err := shared.ReadServer(shared.Encode(shared.NewUser{Rev: 1, User: u}), &got); err != nil {
			t.Fatal(err)
		}
		if e, ok := got.events[0].(shared.NewUser); !ok || e.User != u {
			t.Errorf("%s is encoded and read as %+v", name, got.events[0])
		}
	}
}

// Each field of an UpdateUser changes the field of a User that has its name.
func TestUpdateUserIsDefinedForEachField(t *testing.T) {
	kind := reflect.TypeFor[shared.UpdateUser]()
	for i := range kind.NumField() {
		name := kind.Field(i).Name
		var e shared.UpdateUser
		value := reflect.New(kind.Field(i).Type.Elem())
		if value.Elem().Kind() == reflect.String {
			value.Elem().SetString("idle")
		} else {
			value.Elem().SetInt(1234)
		}
		reflect.ValueOf(&e).Elem().Field(i).Set(value)

		var want shared.User
		reflect.ValueOf(&want).Elem().FieldByName(name).Set(value.Elem())
		if got := e.Apply(shared.User{}); got != want {
			t.Errorf("with %s, Apply returns %+v", name, got)
		}
		if name == "NoteUntil" {
			continue // it comes with the note
		}
		if got := shared.Changes(shared.User{}, want); !reflect.DeepEqual(got, e) {
			t.Errorf("Changes does not find %s", name)
		}
		asked := []string{}
		changed, err := e.Clean(func(text string, rule shared.Rule) (string, error) {
			asked = append(asked, text)
			return "cleaned", nil
		})
		if name == "Status" {
			continue
		}
		if got := reflect.ValueOf(changed).Field(i).Elem().String(); err != nil || len(asked) != 1 || got != "cleaned" {
			t.Errorf("Clean makes %q of %s: %v", got, name, err)
		}
	}
	bad := shared.Status("asleep")
	if _, err := (shared.UpdateUser{Status: &bad}).Clean(nil); err == nil {
		t.Error("Clean accepts a status that is none")
	}
}

// A note and its end change together.
func TestChangesOfANoteThatEnds(t *testing.T) {
	for _, from := range []shared.User{{}, {Note: "a"}, {Note: "a", NoteUntil: 5}, {Note: "b", NoteUntil: 5}} {
		for _, to := range []shared.User{{}, {Note: "a"}, {Note: "a", NoteUntil: 5}, {Note: "a", NoteUntil: 6}} {
			e := shared.Changes(from, to)
			if got := e.Apply(from); got != to {
				t.Errorf("from %+v the changes to %+v lead to %+v", from, to, got)
			}
			if same := e == (shared.UpdateUser{}); same != (from == to) {
				t.Errorf("from %+v to %+v it is %+v", from, to, e)
			}
		}
	}
}

func TestCheckUntil(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	at := func(d time.Duration) *int64 { return new(now.Add(d).UnixMilli()) }
	for what, c := range map[string]struct {
		e    shared.UpdateUser
		fine bool
	}{
		"no end":               {shared.UpdateUser{Note: new("a")}, true},
		"the soonest":          {shared.UpdateUser{Note: new("a"), NoteUntil: at(time.Millisecond)}, true},
		"the latest":           {shared.UpdateUser{Note: new("a"), NoteUntil: at(7 * 24 * time.Hour)}, true},
		"now":                  {shared.UpdateUser{Note: new("a"), NoteUntil: at(0)}, false},
		"the beginning":        {shared.UpdateUser{Note: new("a"), NoteUntil: new(int64(0))}, false},
		"before it":            {shared.UpdateUser{Note: new("a"), NoteUntil: new(int64(math.MinInt64))}, false},
		"too far":              {shared.UpdateUser{Note: new("a"), NoteUntil: at(7*24*time.Hour + time.Millisecond)}, false},
		"the end of time":      {shared.UpdateUser{Note: new("a"), NoteUntil: new(int64(math.MaxInt64))}, false},
		"that of no note":      {shared.UpdateUser{NoteUntil: at(time.Hour)}, false},
		"that of an empty one": {shared.UpdateUser{Note: new(""), NoteUntil: at(time.Hour)}, false},
	} {
		err := c.e.CheckUntil(now)
		if c.fine != (err == nil) {
			t.Errorf("%s: %v", what, err)
		}
		wantCode(t, err, shared.CodeBadNote, !c.fine)
	}
}
