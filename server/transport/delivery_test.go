package transport

import "testing"

func TestInTransit(t *testing.T) {
	for name, c := range map[string]struct {
		first, before, now delivery
		want               bool
	}{
		"nothing stood before the ping":       {delivery{100, 0}, delivery{100, 0}, delivery{104, 0}, false},
		"a cut cable":                         {delivery{100, 50}, delivery{100, 50}, delivery{100, 50}, false},
		"a thin link":                         {delivery{100, 50}, delivery{100, 50}, delivery{120, 34}, true},
		"a thin link, later":                  {delivery{100, 50}, delivery{120, 34}, delivery{140, 14}, true},
		"it has arrived since the last wait":  {delivery{100, 50}, delivery{120, 34}, delivery{154, 0}, true},
		"it had arrived before the last wait": {delivery{100, 50}, delivery{154, 0}, delivery{400, 0}, false},
		"a link that was cut meanwhile":       {delivery{100, 50}, delivery{120, 34}, delivery{120, 34}, false},
		"the system does not say":             {delivery{}, delivery{}, delivery{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := inTransit(c.first, c.before, c.now); got != c.want {
				t.Errorf("in transit: %v", got)
			}
		})
	}
}

func TestStalled(t *testing.T) {
	for name, c := range map[string]struct {
		before, now delivery
		want        bool
	}{
		"nothing waits":           {delivery{100, 0}, delivery{104, 0}, false},
		"nothing was taken":       {delivery{100, 50}, delivery{100, 54}, true},
		"not even the ping":       {delivery{100, 0}, delivery{100, 4}, true},
		"a part was taken":        {delivery{100, 50}, delivery{101, 60}, false},
		"the system does not say": {delivery{}, delivery{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := stalled(c.before, c.now); got != c.want {
				t.Errorf("stalled: %v", got)
			}
		})
	}
}
