// Package rules holds the rules by which AWS scales a service: CloudWatch's alarms, and the policies and schedules of
// Application Auto Scaling. They are pure functions of a plan and of metrics, minute by minute, without clocks.
//
// Where AWS documents a rule, the code names the page. Where it does not, the rule is a field of Assumptions.
package rules
