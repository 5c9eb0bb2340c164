//go:build unix

package attendance

import (
	"fmt"
	"testing"

	"rollcall/server/store"
	"rollcall/shared/api"
)

// Who is missing is whom the report calls absent.
func TestMissing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, r *Roll) {
		missing := func(from, to float64) string {
			t.Helper()
			m, err := r.Missing(t.Context(), "lobby", past(from), past(to))
			check(t, err)
			return fmt.Sprintf("%d of %d %q %d", m.Absent, m.Expected, m.Names, len(m.Gaps))
		}
		wrote(t, s, "one", past(60), was("Ada", 1, 4), was("Bo", 9, 30), was("Cy", 3, 30))
		want(t, "without a list", missing(0, 60), "0 of 0 [] 0")
		expect(t, r, api.Expected{LateAfter: "5m"}, "ada", "Bo", "Zoë", id("Nobody"), "Eve")
		want(t, "who is late has come", missing(0, 60), fmt.Sprintf("3 of 5 %q 0", []string{"Zoë", id("Nobody"), "Eve"}))
		want(t, "early on", missing(0, 5), fmt.Sprintf("4 of 5 %q 0", []string{"Bo", "Zoë", id("Nobody"), "Eve"}))
		_, err := r.SetMark(t.Context(), "lobby", id("Nobody"), api.StatusExcused, "key ci")
		check(t, err)
		want(t, "who is excused is not missing", missing(0, 60), fmt.Sprintf("2 of 5 %q 0", []string{"Zoë", "Eve"}))
		starts := past(30)
		expect(t, r, api.Expected{Starts: &starts}, "Zoë")
		want(t, "a list of later", missing(0, 30), "0 of 0 [] 0")
		var many []string
		for i := range 30 {
			many = append(many, fmt.Sprint("Nobody ", i))
		}
		expect(t, r, api.Expected{}, many...)
		want(t, "many", missing(0, 60), fmt.Sprintf("30 of 30 %q 0", many[:MaxNamed]))
		if _, err := r.Missing(canceled(t), "lobby", past(0), past(60)); err == nil {
			t.Error("no error")
		}
	})
}
