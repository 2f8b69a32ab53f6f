package scaling_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"webapp/scaling"
)

// TestCalibrationFindsTheModelThatMadeTheMetrics simulates a service, hands its metrics over as CloudWatch would, and
// gets the service's parameters back.
func TestCalibrationFindsTheModelThatMadeTheMetrics(t *testing.T) {
	service := scaling.Of(article(t))
	service.Model.Capacity, service.Model.Latency = 73, 28*time.Millisecond
	service.Model.IdleCPU, service.Model.IdleMemory, service.Model.FullMemory = 6, 31, 52
	made := scaling.Simulate(service, scaling.Day(10, 180))

	type series struct {
		ID         string `json:"Id"`
		Timestamps []time.Time
		Values     []float64
	}
	all := map[string]*series{}
	for i, m := range made.Minutes {
		for id, value := range map[string]float64{
			"requests": m.Load * 60, "tasks": float64(m.Running), "cpu": m.CPU, "memory": m.Memory,
			"response": m.ResponseTime / 1000,
		} {
			if all[id] == nil {
				all[id] = &series{ID: id}
			}
			if !math.IsNaN(value) {
				all[id].Timestamps = append(all[id].Timestamps, made.Load.Start.Add(time.Duration(i)*time.Minute))
				all[id].Values = append(all[id].Values, value)
			}
		}
	}
	var results []series
	for _, s := range all {
		results = append(results, *s)
	}
	text, err := json.Marshal(map[string]any{"MetricDataResults": results, "Messages": []string{}})
	if err != nil {
		t.Fatal(err)
	}
	measured, err := scaling.ReadMetricData(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	guess := scaling.Of(article(t)).Model
	model, fit, err := scaling.Calibrate(measured, guess)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		name      string
		got, want float64
	}{
		{"capacity", model.Capacity, 73}, {"idle CPU", model.IdleCPU, 6}, {"idle memory", model.IdleMemory,
			31}, {"full memory", model.FullMemory, 52},
		{"latency", float64(model.Latency.Milliseconds()), 28},
	} {
		if math.Abs(p.got-p.want) > 0.05*p.want {
			t.Errorf("%s: got %v, want %v", p.name, p.got, p.want)
		}
	}
	if fit.CPU > 1 || fit.Memory > 1 {
		t.Errorf("the fit is poor: %+v", fit)
	}
	load := measured.Load()
	if !load.Start.Equal(made.Load.Start) || math.Abs(load.Peak()-180) > 1 {
		t.Errorf("load: got a peak of %v from %v on", load.Peak(), load.Start)
	}
}

func TestWhatCannotBeCalibratedIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":              `requests`,
		"no requests":          `{"MetricDataResults": []}`,
		"an unknown id":        metricData(`{"Id": "m1", "Timestamps": ["2026-11-23T10:00:00Z"], "Values": [1]}`),
		"times without values": metricData(`{"Id": "requests", "Timestamps": ["2026-11-23T10:00:00Z"], "Values": []}`),
		"centuries": metricData(
			`{"Id": "requests", "Timestamps": ["1926-11-23T10:00:00Z", "2026-11-23T10:00:00Z"], "Values": [1, 1]}`),
	} {
		if m, err := scaling.ReadMetricData(strings.NewReader(text)); err == nil {
			t.Errorf("%s: got %+v", name, m)
		}
	}
	for _, period := range []time.Duration{5 * time.Minute, 20 * time.Second} {
		text := fmt.Sprintf("a period of %.0f seconds", period.Seconds())
		_, err := scaling.ReadMetricData(strings.NewReader(metricData(series("requests", period, 1, 2, 3))))
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want it to say %q", err, text)
		}
	}
	measured, err := scaling.ReadMetricData(strings.NewReader(metricData(
		`{"Id": "requests", "Timestamps": ["2026-11-23T10:00:00+00:00"], "Values": [60]}`)))
	if err != nil {
		t.Fatal(err)
	}
	if model, _, err := scaling.Calibrate(measured, scaling.Model{}); err == nil {
		t.Errorf("one minute without CPU: got the model %+v", model)
	}
}

// loadTest is the metrics of one task whose load was raised from 0 far above the 100 requests a second that it answers;
// it has 3 % CPU when idle.
func loadTest(full float64) scaling.Measured {
	m := scaling.Measured{}
	for minute := range 80 {
		rate := 4 * float64(minute)
		m.Requests = append(m.Requests, 60*rate)
		m.Tasks = append(m.Tasks, 1)
		m.CPU = append(m.CPU, 3+(full-3)*min(rate/100, 1))
		m.Memory, m.Response = append(m.Memory, math.NaN()), append(m.Response, math.NaN())
	}
	return m
}

func TestMinutesOfAFullTaskDoNotBendTheFit(t *testing.T) {
	for _, full := range []float64{100, 50} {
		model, fit, err := scaling.Calibrate(loadTest(full), scaling.Model{Capacity: 1, FullCPU: full})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(model.Capacity-100) > 1 || math.Abs(model.IdleCPU-3) > 0.5 || fit.CPU > 1 {
			t.Errorf("full at %v %%: got %+v, which misses CPU by %v; want 100 requests a second and 3 %% when idle",
				full, model, fit.CPU)
		}
	}
}

func TestCPUThatIsNoLineIsRefused(t *testing.T) {
	// full at 50 %, which the model does not know
	if model, fit, err := scaling.Calibrate(loadTest(50), scaling.Model{FullCPU: 100}); err == nil {
		t.Errorf("got %+v, which misses CPU by %v", model, fit.CPU)
	}
}

func TestCSVLoad(t *testing.T) {
	load, err := scaling.ReadCSV("load.csv", strings.NewReader(
		"time,requests\n2026-11-23T14:00:00Z,10\n2026-11-23T14:01:00Z,20.5\n2026-11-23T14:02:00Z,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	if load.Duration() != 2*time.Minute || load.PerSecond[59] != 10 || load.PerSecond[60] != 20.5 ||
		load.Start.Hour() != 14 {
		t.Errorf("got %v from %v on: %v", load.Duration(), load.Start, load.PerSecond)
	}
	for _, text := range []string{"", "0,1\n", "0,1\n0,2\n", "0,1\n60,-2\n", "0,1\nlater,2\n", "0,1\n60,many\n",
		"0,1\n9999999999,2\n", "a,b,c\n", "0,1\n60,1e308\n", "0,1\n60,NaN\n", "-1,1\n60,2\n",
		"0,l0\n60,2\n120,3\n", "O,10\n60,2\n120,3\n", // mistakes in the first row
	} {
		if load, err := scaling.ReadCSV("load.csv", strings.NewReader(text)); err == nil {
			t.Errorf("%q: got a load of %v", text, load.Duration())
		}
	}
}

func TestTimesOfACSV(t *testing.T) {
	noon := time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)
	for _, first := range []string{"2026-11-23T12:00:00Z", "2026-11-23T13:00:00+01:00", "2026-11-23 12:00:00",
		"2026-11-23T12:00", "1795435200", "1795435200.0"} {
		load, err := scaling.ReadCSV("load.csv", strings.NewReader(first+",10\n2026-11-23 12:00:02,0\n"))
		if err != nil {
			t.Error(err)
		} else if !load.Start.Equal(noon) || !slices.Equal(load.PerSecond, []float64{10, 10}) {
			t.Errorf("%s: got %v from %v on", first, load.PerSecond, load.Start)
		}
	}
	load, err := scaling.ReadCSV("load.csv", strings.NewReader("0,10\n0.5,20\n2,0\n"))
	if want := []float64{15, 20}; err != nil || !slices.Equal(load.PerSecond, want) {
		t.Errorf("half seconds: got %v, %v, want %v", load.PerSecond, err, want)
	}
}

// series is a result of CloudWatch with values a period apart.
func series(id string, period time.Duration, values ...float64) string {
	result := map[string]any{"Id": id, "Values": values}
	var times []time.Time
	for i := range values {
		times = append(times, time.Date(2026, time.November, 23, 10, 0, 0, 0, time.UTC).Add(time.Duration(i)*period))
	}
	result["Timestamps"] = times
	text, _ := json.Marshal(result) // cannot fail: it holds numbers and times
	return string(text)
}

// metricData is the answer of CloudWatch with one result.
func metricData(result string) string { return `{"MetricDataResults": [` + result + `]}` }
