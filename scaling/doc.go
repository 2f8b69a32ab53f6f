// Package scaling simulates how a service will scale, before anything is deployed: a plan (limits, policies, schedules)
// and a model of the service against a load, second by second, with the alarms and policies of AWS minute by minute.
//
//	settings, or a deployed service ─► Plan ─┐
//	one load test ───────────────────► Model ─┼─► Simulate ─► Result
//	a shape, a CSV, CloudWatch ──────► Load ──┘
//
//	service := scaling.Of(workload)
//	result := scaling.Simulate(service, scaling.FlashCrowd(40, 400))
//	if result.RefusedShare() > 0.001 { … }
//
// Where AWS documents a rule, the code that follows it names the page. Where AWS does not say, the rule is a named
// field of Assumptions. The same input always gives the same output: there are no clocks and no chance in it.
//
// The simulation speaks of averages: it knows no single request, no failing task, and no task that is slower than the
// others. docs/scaling.md says what follows from this, and how to calibrate the model against CloudWatch.
package scaling
