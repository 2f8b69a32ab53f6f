package names

import "testing"

func TestFit(t *testing.T) {
	for name, tc := range map[string]struct {
		name  string
		limit int
		want  string
	}{
		"one that fits stays":          {"shop-production", 15, "shop-production"},
		"a longer one gets a hash":     {"shop-production", 14, "shop-c1a84738"},
		"another one gets another one": {"shop-productive", 14, "shop-b1c5c685"},
		"no two hyphens side by side":  {"shop--production", 15, "shop-b0484e9c"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Fit(tc.name, tc.limit); got != tc.want || len(got) > tc.limit {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
