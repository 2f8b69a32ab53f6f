// Package rules holds the rules by which AWS scales a service: CloudWatch's alarms, and the policies and schedules of
// Application Auto Scaling. They depend on a plan and on the values of metrics, and on no clock. A Scaler puts them
// together: it decides how many tasks a service has.
//
// Where AWS documents a rule, the code names the page. Where it does not, the rule is a field of Assumptions.
package rules
