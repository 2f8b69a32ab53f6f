// Package scaling simulates how a service scales before it is deployed: a plan (limits, policies, schedules) and a
// model of the service under a load, second by second, with the alarms and policies of AWS minute by minute.
//
//	settings, or a deployed service ─► Plan ─┐
//	one load test ───────────────────► Model ─┼─► Simulate ─► Result ─► report
//	a shape, a CSV, CloudWatch ──────► Load ──┘
//
//	service := scaling.Of(workload)
//	result := scaling.Simulate(service, scaling.FlashCrowd(40, 400))
//	if result.RefusedShare() > 0.001 { … }
//
// Measured.Compare lays a day that CloudWatch has measured beside a simulation of it. Result.Spread gives ranges.
//
// Its parts:
//
//	rules/     AWS's rules: alarms, policies, schedules
//	deployed/  reads the plan of a deployed service from AWS
//	report/    draws results
//
// The same input always gives the same output: there are no clocks in it, and the noise of Ranges has a seed.
//
// The simulation works with averages: it knows no single request, and no task that is slower than the others. Tasks
// fail only where a WhatIf says so. docs/scaling.md explains the consequences, and how to calibrate the model with
// CloudWatch's metrics.
package scaling
