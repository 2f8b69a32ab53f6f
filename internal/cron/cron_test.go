package cron

import (
	"testing"
	"time"
)

// TestNext has every wildcard of EventBridge's table of cron expressions, and its examples.
func TestNext(t *testing.T) {
	for _, tc := range []struct{ expression, zone, after, want string }{
		{"0 10 * * ? *", "UTC", "2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z"},
		{"15 12 * * ? *", "UTC", "2026-11-23T10:00:00Z", "2026-11-23T12:15:00Z"},
		{"0 18 ? * MON-FRI *", "UTC", "2026-11-27T18:00:00Z", "2026-11-30T18:00:00Z"},
		{"0 8 1 * ? *", "UTC", "2026-11-23T10:00:00Z", "2026-12-01T08:00:00Z"},
		{"0/15 * * * ? *", "UTC", "2026-11-23T10:07:00Z", "2026-11-23T10:15:00Z"},
		{"0/10 * ? * MON-FRI *", "UTC", "2026-11-27T23:55:00Z", "2026-11-30T00:00:00Z"},
		{"0/5 8-17 ? * MON-FRI *", "UTC", "2026-11-23T17:55:00Z", "2026-11-24T08:00:00Z"},
		{"0 9 ? * 2#1 *", "UTC", "2026-11-23T10:00:00Z", "2026-12-07T09:00:00Z"},
		{"0 9 ? * 6L *", "UTC", "2026-11-23T10:00:00Z", "2026-11-27T09:00:00Z"},
		{"0 9 ? * L *", "UTC", "2026-11-23T10:00:00Z", "2026-11-28T09:00:00Z"},
		{"0 9 L * ? *", "UTC", "2026-02-01T00:00:00Z", "2026-02-28T09:00:00Z"},
		{"0 9 LW * ? *", "UTC", "2026-11-01T00:00:00Z", "2026-11-30T09:00:00Z"},   // a Monday
		{"0 9 LW * ? *", "UTC", "2026-05-01T00:00:00Z", "2026-05-29T09:00:00Z"},   // the 31st is a Sunday
		{"0 9 LW * ? *", "UTC", "2026-01-01T00:00:00Z", "2026-01-30T09:00:00Z"},   // the 31st is a Saturday
		{"0 9 15W * ? *", "UTC", "2026-11-01T00:00:00Z", "2026-11-16T09:00:00Z"},  // the 15th is a Sunday
		{"0 9 1W AUG ? *", "UTC", "2026-01-01T00:00:00Z", "2026-08-03T09:00:00Z"}, // the 1st is a Saturday
		{"0 9 ? * FRI-MON *", "UTC", "2026-11-24T00:00:00Z", "2026-11-27T09:00:00Z"},
		{"0 9,17 * JAN,jul ? 2027-2028", "UTC", "2026-11-24T00:00:00Z", "2027-01-01T09:00:00Z"},
		{"0 9 * * ? 2020", "UTC", "2026-11-24T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"0 7 * * ? *", "Europe/Paris", "2026-11-23T10:00:00Z", "2026-11-24T06:00:00Z"},
		{"0 7 * * ? *", "Europe/Paris", "2026-07-01T10:00:00Z", "2026-07-02T05:00:00Z"},
		// 2:30 is left out on the 29th
		{"30 2 * * ? *", "Europe/Paris", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"},
		// 2:30 comes twice on October 25th, and runs the first time
		{"30 2 * * ? *", "Europe/Paris", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
		{"30 2 * * ? *", "Europe/Paris", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		{"0/30 2 * * ? *", "Europe/Paris", "2026-10-25T00:30:00Z", "2026-10-26T01:00:00Z"},
		// what runs every hour runs in both
		{"0 * * * ? *", "Europe/Paris", "2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z"},
		{"0 * * * ? *", "Europe/Paris", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
		{"0 * * * ? *", "Europe/Paris", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"},
		{"0/30 * * * ? *", "Europe/Paris", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z"},
		{"0/30 * * * ? *", "Europe/Paris", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"},
		// where half an hour comes twice
		{"45 1 * * ? *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", "2026-04-04T14:45:00Z"},
		{"0/15 * * * ? *", "Australia/Lord_Howe", "2026-04-04T14:45:00Z", "2026-04-04T15:00:00Z"},
	} {
		e, err := Parse(tc.expression)
		if err != nil {
			t.Errorf("%s: %v", tc.expression, err)
			continue
		}
		zone, err := Location(tc.zone)
		if err != nil {
			t.Fatal(err)
		}
		after, err := time.Parse(time.RFC3339, tc.after)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Next(after.In(zone)).UTC().Format(time.RFC3339); got != tc.want {
			t.Errorf("%s after %s in %s: got %s, want %s", tc.expression, tc.after, tc.zone, got, tc.want)
		}
	}
}

func TestWhatIsNoCronExpressionIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "0 7 * * *", "0 7 * * * *", "0 7 ? * ? *", "60 7 * * ? *", "0 24 * * ? *", "0 7 0 * ? *",
		"0 7 32 * ? *", "0 7 * 13 ? *",
		"0 7 ? * 0 *", "0 7 ? * 8 *", "0 7 ? * MO *", "0 7 * * ? 1969", "0 7 ? * 2#6 *", "0 7 ? * 2# *",
		"0/0 7 * * ? *", "9-5 7 * * ? *", "a 7 * * ? *", "0 7 W * ? *",
		"0 7 L-2 * ? *", "0 7 WL * ? *", "0 7 ? * L-2 *", "0 7 ? * LW *",
		"+5 7 * * ? *", "0/+5 7 * * ? *", "0 7 ? * 2#+1 *", "5/9223372036854775807 7 * * ? *",
	} {
		if e, err := Parse(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, e)
		}
	}
}

func TestFirst(t *testing.T) {
	for text, want := range map[string]bool{
		"0 3 29 2 ? *": true, "0 3 30 2 ? *": false, "0 3 31 4,6,9,11 ? *": false, "0 3 29 2 ? 2027": false,
		"0 3 1 1 ? 1970": true, "0 0 1 1 ? 1970": true, "0 3 ? 2 2#5 *": true, "59 23 31 12 ? 2199": true,
	} {
		e, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := !e.First(time.UTC).IsZero(); got != want {
			t.Errorf("%s: got %t, want %t", text, got, want)
		}
	}
}

func TestLastYear(t *testing.T) {
	for text, want := range map[string]int{"0 3 * * ? *": 0, "0 3 * * ? 2026-2027,2030": 2030, "0 3 * * ? 2026/2": 2198,
		"0 3 * * ? 2026/1": 0} {
		e, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.LastYear(); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}

func TestRate(t *testing.T) {
	for text, want := range map[string]time.Duration{"1 minute": time.Minute, "12 hours": 12 * time.Hour,
		"7 days": 7 * 24 * time.Hour} {
		if got, err := ParseRate(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5", "minutes", "0 minutes", "1 minutes", "5 minute", "5 weeks",
		"-1 hours", "+1 hours", "1.5 hours", "10001 days", "20000 minutes"} {
		if got, err := ParseRate(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestRateFromOtherTools(t *testing.T) {
	for text, want := range map[string]string{
		"every 5 minutes": "5 minutes", "@every 5m": "5 minutes", "5m": "5 minutes", "1h": "1 hour", "1h30m": "90 minutes",
		"every hour": "1 hour", "Every 2 Days": "2 days", "24h": "1 day", "1 hours": "1 hour", "10 min": "10 minutes",
		"30s": "", "90s": "", "-5m": "", "0m": "", "hour": "", "every": "", "": "", "0 3 * * *": "", "99999 days": "",
		"999999999999 days": "",
	} {
		if got := RateFrom(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestDaysInNumbers(t *testing.T) {
	for days, want := range map[string][3]string{
		"1-5": {"1-5", "SUN-THU", "MON-FRI"}, "7": {"7", "SAT", "SUN"}, "6-7": {"6-7", "FRI-SAT", "SAT-SUN"},
		"1,7": {"1,7", "SUN,SAT", "MON,SUN"}, "2/2": {"2/2", "MON,WED,FRI", "TUE,THU,SAT"},
		"MON,3": {"MON,3", "MON,TUE", "MON,WED"},
		"2-6":   {}, "1-7": {}, "*": {}, "*/2": {}, "MON-FRI": {}, "MON/2": {}, "2#1": {}, "6L": {}, "L": {}, "8": {},
	} {
		written, aws, unix := DaysInNumbers("0 3 ? * " + days + " *")
		if got := [3]string{written, aws, unix}; got != want {
			t.Errorf("%s: got %q, want %q", days, got, want)
		}
	}
}

func TestFromOther(t *testing.T) {
	for text, want := range map[string]string{
		"0 3 * * MON *": "0 3 ? * MON *", "0 3 * * 1-5 *": "0 3 ? * MON-FRI *", "0 3 * * 0,6 *": "0 3 ? * SUN,SAT *",
		"0 3 * * 5-7 *": "0 3 ? * FRI-SUN *", "0 3 * * 2#1 *": "0 3 ? * 2#1 *", "0 3 * * 6L *": "0 3 ? * 6L *",
		"0 3 * * 1-5": "0 3 ? * MON-FRI *", "0 3 * * */2": "0 3 ? * SUN,TUE,THU,SAT *",
		"0 3 * * 1-5/2": "0 3 ? * MON,WED,FRI *",
		"0 3 * * 0-7":   "0 3 ? * SUN-SAT *", "0 3 * * mon-5": "0 3 ? * mon-FRI *", "0 3 * * 5L": "0 3 ? * 6L *",
		"0 3 * * 8": "", "0 3 * * 1-8/2": "", "0 3 1 * * *": "0 3 1 * ? *", "0 3 * * * *": "0 3 * * ? *",
		"0 3 ? * ? *": "0 3 * * ? *", "0 3 * * ? *": "0 3 * * ? *", "*/5 * * * *": "*/5 * * * ? *", "@daily": "0 0 * * ? *",
		"hourly": "0 * * * ? *", "03:30": "30 3 * * ? *", "24:00": "",
		"0 3 1 * MON *": "", "0 25 * * * *": "", "tomorrow": "", "": "",
	} {
		if got := FromOther(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
