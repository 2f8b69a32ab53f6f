// Package assertions asks a synthesized stack precise questions, in tests.
//
//	tpl := template.Synth(t, stack)
//	service := tpl.One("aws_ecs_service")
//	service.Has("desired_count", 2)
//	service.References("task_definition", tpl.One("aws_ecs_task_definition"))
//	tpl.Output("ServiceURL").Has("value", template.Regexp("^http://"))
//
// It stands in for the matchers of cdktf, which only say true or false, cannot count
// or look into JSON strings, and let an expected nil pass always. A failure here
// names the resource, the path, what was got and what was wanted:
//
//	no aws_ecs_service of 2 matches; the closest is aws_ecs_service.web_1A2B3C4D:
//	  desired_count: got 3 (number), want 2
//
// # Surprises
//
//   - A map in a want is partial at every depth and everywhere, also in a slice and
//     inside ArrayWith; [Exact] and [ObjectEquals] make it exact. (In the CDK a map
//     inside arrayWith is exact.) A slice has to be equal in length and order.
//   - Types are strict: 1 is not "1". Any Go number equals the JSON number; numbers
//     are float64, exact up to 2^53.
//   - A nil in a want ends the test. Write [Absent] or [Any].
//   - A key that has to be there to be asked: [Not] and [Any] fail on a missing key.
//     What Lacks looks in has to exist as well.
//   - What returns something (One, All, Find, Get, Output, …) ends the test when there
//     is nothing to return; All and Find too, as a loop over nothing asserts nothing.
//     The rest reports and goes on.
//   - cdktf writes one nested block as an object and several as a list; a path or want
//     has to follow.
//   - A path does not lead into a string: use Decode, or [JSON] in a want.
//   - Nothing can tell a misspelled type in None, or a misspelled last key in Lacks.
//   - A template reports to the test it was made in; inside t.Run use [Template.With].
//
// # Coming from the AWS CDK
//
//	Template.fromStack, fromString            Synth, Parse
//	resourceCountIs                           Count, None
//	resourcePropertiesCountIs                 CountMatching
//	hasResourceProperties, hasResource        Has
//	allResourcesProperties, allResources      AllMatch
//	findResources                             Find, All
//	getResourceId                             OneMatching(…).Address(), .Ref("arn")
//	hasOutput, hasParameter                   Output, Variable
//	templateMatches, toJSON                   Matches, JSON
//	Match.objectLike, objectEquals, exact     ObjectLike, ObjectEquals, Exact
//	Match.arrayWith, arrayEquals              ArrayWith, ArrayEquals
//	Match.anyValue, absent, not               Any, Absent, Not
//	Match.stringLikeRegexp, serializedJson    Regexp, JSON
//	Capture, asString …, next                 NewCapture, String …, Next
//	(none)                                    Data, Provider, Local, Terraform
//	(none)                                    Unordered, AtLeast, AtMost, Between
//	(none)                                    RefTo, References, DependsOn
package assertions
