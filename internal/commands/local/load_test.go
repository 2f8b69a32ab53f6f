package local

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"webapp/internal/localaws/scheduler"
	"webapp/scaling"
	"webapp/scaling/rules"
	"webapp/settings"
)

// TestPacerSendsALoadByTheClockOfAWS: rates are by this machine's clock, times by that of AWS.
func TestPacerSendsALoadByTheClockOfAWS(t *testing.T) {
	ramp := scaling.Shape("ramp", time.Minute, func(t time.Duration) float64 { return t.Seconds() })
	quiet := scaling.Shape("quiet", time.Minute, func(t time.Duration) float64 {
		if t < 30*time.Second {
			return 0
		}
		return 10
	})
	for name, tc := range map[string]struct {
		load     scaling.Load
		minute   time.Duration
		requests uint64
		first    time.Duration // when the first request is sent, by this machine's clock
		half     time.Duration // when half of them are
	}{
		"the same clock":     {scaling.Steady(10, time.Minute), time.Minute, 600, time.Second / 10, 30 * time.Second},
		"a faster one":       {scaling.Steady(10, 10*time.Minute), 5 * time.Second, 500, time.Second / 10, 25 * time.Second},
		"less than a second": {scaling.Steady(0.5, time.Minute), time.Minute, 30, 2 * time.Second, 30 * time.Second},
		"a ramp":             {ramp, time.Minute, 1770, 2 * time.Second, 42571428571},
		"a quiet beginning":  {quiet, 6 * time.Second, 30, 3100 * time.Millisecond, 4500 * time.Millisecond},
	} {
		p := newPacer(tc.load, tc.minute)
		sent, at := uint64(0), time.Duration(0)
		times := []time.Duration{}
		for {
			wait, stop := p.Pace(at, sent)
			if stop {
				break
			}
			at += wait
			sent++
			times = append(times, at)
		}
		near := func(got, want time.Duration) bool { return (got - want).Abs() < time.Millisecond }
		if sent != tc.requests || !near(times[0], tc.first) || !near(times[sent/2-1], tc.half) {
			t.Errorf("%s: %d requests, the first after %s, half after %s; want %d, %s, %s", name, sent, times[0],
				times[sent/2-1], tc.requests, tc.first, tc.half)
		}
	}
	if p := newPacer(ramp, 6*time.Second); p.Rate(5*time.Second) != 50 || p.Rate(time.Hour) != 0 {
		t.Errorf("the ramp is at %v, later %v", p.Rate(5*time.Second), p.Rate(time.Hour))
	}
}

// minuteLine is what load prints each minute: the minute, the requests, and how many failed.
var minuteLine = regexp.MustCompile(`(?m)^ +(\d+) +(\d+) +[0-9.]+ +\d+ ms +\d+ ms +\d+/\d+ +(.*)$`)

// TestLoadIsSentAndSimulated: every request is counted, minute by minute, and the page shows both.
func TestLoadIsSentAndSimulated(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	page := filepath.Join(t.TempDir(), "charts", "load.html")
	printed, problems, code := s.run(t, "load", "web", "--rate", "20-60", "--for", "4m", "--page", page,
		"--max-failed", "0", "--path", "/shoes?size=42")
	if code != 0 || problems != "" {
		t.Fatalf("exit code %d: %s\n%s", code, problems, printed)
	}
	sum := 0
	lines := minuteLine.FindAllStringSubmatch(printed, -1)
	for i, line := range lines {
		requests, err := strconv.Atoi(line[2])
		if err != nil || line[1] != strconv.Itoa(i+1) || line[3] != "none" {
			t.Errorf("line %d: %q", i, line)
		}
		sum += requests
	}
	if want := regexp.MustCompile(`(?m)^159 requests, none failed\. `); len(lines) != 4 || sum != 159 ||
		!want.MatchString(printed) {
		t.Errorf("%d minutes with %d requests, want 4 with 159\n%s", len(lines), sum, printed)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	headings := regexp.MustCompile(`<h2>(.*)</h2>`).FindAllSubmatch(text, -1)
	if len(headings) != 2 || string(headings[0][1]) != "What happened on the local AWS" ||
		string(headings[1][1]) != "What the simulator predicts" {
		t.Errorf("the page has the columns %q", headings)
	}
}

func TestLoadThatIsInterrupted(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	load := s.follow(t, "load", "--rate", "10", "--for", "10h", "--page", "")
	load.await(minuteLine.String())
	load.interrupt(1)
	end := strings.Join(load.lines[len(load.lines)-3:], "\n")
	want := regexp.MustCompile(`^\d+ requests, none failed\..*\n.*\ninterrupted before the end of the load$`)
	if !want.MatchString(end) {
		t.Errorf("got %s", end)
	}
}

func TestLoadsThatFail(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	for _, tc := range []struct {
		args []string
		want string
	}{
		{nil, "which load? Write --rate 50, --rate 10-200, or --load flash-crowd --peak 100; see webapp local load --help"},
		{[]string{"--rate", "x"}, "--rate x: write requests a second from 0 to 100000, such as 50, or 10-200 for a ramp"},
		{[]string{"--rate", "0"}, "--rate 0: write requests a second from 0 to 100000, such as 50, or 10-200 for a ramp"},
		{[]string{"--rate", "1", "--for", "0s"}, "--for 0s: write a time of a second or more, such as 10m"},
		{[]string{"--load", "spike"},
			"--load spike: write its highest requests a second with --peak, and the lowest with --base"},
		{[]string{"--load", "no.csv"}, `"no.csv" is not a built-in load (step, spike, day, week, flash-crowd, slow-ramp) ` +
			"and not a file: open no.csv: no such file or directory"},
		{[]string{"worker", "--rate", "1"}, "no listener of a load balancer answers for the service worker"},
		{[]string{"--rate", "1", "--listener", "443"}, "the load balancer has no listener 443; write one of: 80"},
		{[]string{"--rate", "1", "--path", "x"}, `--path "x": write a path that begins with /`},
		{[]string{"--rate", "9", "--for", "1m", "--page", "", "--timeout", "50ms", "--max-failed", "99.5",
			"--path", "/?latency=5s"},
			"100 % of the requests failed; --max-failed allows 99.5 %"},
	} {
		_, problems, code := s.run(t, "load", tc.args...)
		if code != 1 || problems != tc.want+"\n" {
			t.Errorf("%q: exit code %d, %q, want %q", tc.args, code, problems, tc.want)
		}
	}
	slow := regexp.MustCompile(`^99 of 100 requests were answered within \d+ ms; --max-p99 allows 2ms\n$`)
	_, problems, code := s.run(t, "load", "--rate", "9", "--for", "1m", "--page", "", "--max-p99", "2ms",
		"--path", "/?latency=20ms")
	if code != 1 || !slow.MatchString(problems) {
		t.Errorf("exit code %d, %q", code, problems)
	}
}

// TestTargetsOfRequestsAreForTheClockOfAWS: a minute of five seconds takes twelve times the rate.
func TestTargetsOfRequestsAreForTheClockOfAWS(t *testing.T) {
	plan := rules.Plan{
		Tracking: []rules.Tracking{
			{Metric: rules.Metric{Kind: settings.Requests}, Target: 100},
			{Metric: rules.Metric{Kind: settings.CPU}, Target: 50},
		},
		Steps: []rules.Steps{
			{Metric: rules.Metric{Kind: settings.Requests}, Alarm: rules.Alarm{Threshold: 200},
				Steps: []rules.Step{{Lower: 0, Upper: 10}, {Lower: 10, Upper: math.Inf(1)}}},
			{Metric: rules.Metric{Kind: settings.CPU}, Alarm: rules.Alarm{Threshold: 80}},
		},
	}
	got := atRate(plan, 5*time.Second)
	numbers := []float64{got.Tracking[0].Target, got.Tracking[1].Target, got.Steps[0].Alarm.Threshold,
		got.Steps[0].Steps[0].Upper, got.Steps[0].Steps[1].Lower, got.Steps[0].Steps[1].Upper, got.Steps[1].Alarm.Threshold}
	want := []float64{1200, 50, 2400, 120, 120, math.Inf(1), 80}
	if diff := cmp.Diff(want, numbers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestModelComesFromWhatWasMeasured, else from a stand-in's environment, else it is assumed.
func TestModelComesFromWhatWasMeasured(t *testing.T) {
	definition := func(environment ...ecstypes.KeyValuePair) ecstypes.TaskDefinition {
		return ecstypes.TaskDefinition{Cpu: aws.String("256"),
			ContainerDefinitions: []ecstypes.ContainerDefinition{{Environment: environment}}}
	}
	pair := func(name, value string) ecstypes.KeyValuePair {
		return ecstypes.KeyValuePair{Name: &name, Value: &value}
	}
	slow := definition(pair("STANDIN_CPU", "5ms"), pair("STANDIN_LATENCY", "30ms"))
	var measured []scaling.Minute // 20 requests a second use all CPU; the last minute is beyond that
	for _, rate := range []float64{2, 4, 8, 16, 64} {
		measured = append(measured, scaling.Minute{Load: rate, Running: 1, CPU: min(5*rate, 100), Memory: 10,
			ResponseTime: 40, Refused: max(rate-20, 0)})
	}
	unknown := []scaling.Minute{{Load: 10, Running: 1, CPU: math.NaN(), Memory: math.NaN()}}
	for name, tc := range map[string]struct {
		definition ecstypes.TaskDefinition
		minutes    []scaling.Minute
		capacity   float64
		latency    time.Duration
	}{
		"measured":   {slow, measured, 20, 40 * time.Millisecond},
		"a stand-in": {slow, unknown, 50, 50 * time.Millisecond},
		"assumed":    {definition(), unknown, 50, 50 * time.Millisecond}, // 200 for each vCPU
	} {
		tally := &tally{result: scaling.Result{Minutes: tc.minutes}}
		model, _ := tally.model(tc.definition)
		if math.Abs(model.Capacity-tc.capacity) > 0.01 || model.Latency != tc.latency {
			t.Errorf("%s: %v requests a second, %s; want %v, %s", name, model.Capacity, model.Latency, tc.capacity,
				tc.latency)
		}
	}
}

// TestTallyOfALoad has minutes of AWS, which last a second here, and the changes of the tasks.
func TestTallyOfALoad(t *testing.T) {
	tasks := func(healthy int, all ...string) scheduler.State {
		state := scheduler.State{Desired: len(all), Running: healthy}
		for i, id := range all {
			state.Tasks = append(state.Tasks, scheduler.TaskState{ID: id, Healthy: i < healthy})
		}
		return state
	}
	var out bytes.Buffer
	tally := newTally(time.Second, tasks(1, "a"), scaling.Steady(4, 150*time.Second), &out)
	answer := func(code uint16, took time.Duration) { tally.answered(&vegeta.Result{Code: code, Latency: took}) }
	for range 3 {
		answer(200, 10*time.Millisecond)
	}
	answer(503, time.Millisecond)
	tally.sampled(sample{30 * time.Second, tasks(1, "a")})
	tally.sampled(sample{60 * time.Second, tasks(1, "a", "b")})
	answer(0, 30*time.Second)
	tally.sampled(sample{90 * time.Second, tasks(2, "a", "b")})
	tally.sampled(sample{200 * time.Second, tasks(2, "a", "b")}) // late, while an answer was awaited
	answer(301, 20*time.Millisecond)
	tally.end(150 * time.Second)

	none := math.NaN()
	want := []scaling.Minute{
		{Load: 4, Refused: 1, Desired: 1, Running: 1, Paid: 1, CPU: none, Memory: none, Requests: 240, ResponseTime: 7.75},
		{Load: 1, Refused: 1, Desired: 2, Running: 2, Paid: 2, CPU: none, Memory: none, Requests: 40, ResponseTime: 30000},
		{Load: 2, Desired: 2, Running: 2, Paid: 2, CPU: none, Memory: none, Requests: 60, ResponseTime: 20},
	}
	if diff := cmp.Diff(want, tally.result.Minutes, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("minutes (-want +got):\n%s", diff)
	}
	action := scaling.Action{At: time.Minute, Since: time.Minute, Ready: 90 * time.Second, From: 1, To: 2,
		Policy: "measured", Reason: "the service's desired count became 2"}
	if diff := cmp.Diff([]scaling.Action{action}, tally.result.Actions); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	if start, known := tally.start(); !known || start != 30*time.Second {
		t.Errorf("a task starts in %s, %v, want 30s", start, known)
	}
	r := tally.result
	if r.Offered != 6 || r.Refused != 2 || r.Peak != 2 || r.TaskSeconds != 60+120+60 {
		t.Errorf("%v requests, %v failed, %d tasks, %d s", r.Offered, r.Refused, r.Peak, r.TaskSeconds)
	}
	const summary = "6 requests, 2 (1 × no answer, 1 × 503) failed. "
	if _, printed, _ := strings.Cut(out.String(), "\n\n"); !strings.HasPrefix(printed, summary) {
		t.Errorf("got %s", printed)
	}
}

// TestChangesHaveTheCausesOfTheirActivities: the newest of those that began before each, and no earlier load's.
func TestChangesHaveTheCausesOfTheirActivities(t *testing.T) {
	began := time.Now()
	activity := func(id string, after time.Duration, cause string) scalingtypes.ScalingActivity {
		return scalingtypes.ScalingActivity{ActivityId: &id, StartTime: aws.Time(began.Add(after)), Cause: &cause}
	}
	const out = "monitor alarm TargetTracking-high in state ALARM triggered policy cpu"
	tally := &tally{began: began, minute: time.Second, result: scaling.Result{Actions: []scaling.Action{
		{At: 4 * time.Minute, Policy: "measured", Reason: "a"}, {At: 9 * time.Minute, Policy: "measured", Reason: "b"},
		{At: 9 * time.Minute, Policy: "measured", Reason: "c"},
	}}}
	tally.explain([]scalingtypes.ScalingActivity{
		activity("3", 20*time.Second, "later"), activity("2", 9*time.Second, "maximum capacity was set to 2"),
		activity("1", 3*time.Second, out), activity("0", -time.Second, "an earlier load"),
	})
	want := []scaling.Action{
		{At: 4 * time.Minute, Policy: "cpu", Reason: out},
		{At: 9 * time.Minute, Reason: "maximum capacity was set to 2"},
		{At: 9 * time.Minute, Policy: "measured", Reason: "c"},
	}
	if diff := cmp.Diff(want, tally.result.Actions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
