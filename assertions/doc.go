// Package assertions tests synthesized stacks.
//
//	tpl := assertions.Synth(t, stack)
//	service := tpl.One("aws_ecs_service")
//	service.Has("desired_count", 2)
//	service.References("task_definition", tpl.One("aws_ecs_task_definition"))
//	tpl.Output("ServiceURL").Has("value", assertions.Regexp("^http://"))
//
// [FromSettings] does the same for every stack of a settings file. A package with such tests needs a TestMain; see
// [Main].
//
// CDKTF's own matchers return only true or false, can neither count nor look into JSON strings, and always accept an
// expected nil. A failure here names the resource, the path, the value that is there, and the value that is wanted:
//
//	no aws_ecs_service of 2 matches; the closest is aws_ecs_service.web_1A2B3C4D:
//	  desired_count: got 3 (number), want 2
//
// # Surprises
//
//   - A map in a wanted value is partial at every depth and everywhere, also in a slice and inside ArrayWith. [Exact]
//     and [ObjectEquals] make it exact. (In the AWS CDK a map inside arrayWith is exact.) A slice has to be equal in
//     length and order.
//   - Types are strict: 1 is not "1". Any Go number equals the JSON number. Numbers are float64, exact up to 2^53.
//   - A nil in a wanted value ends the test. Use [Absent] or [Any].
//   - [Not] and [Any] fail on a missing key. What Lacks looks in has to exist too.
//   - Methods that return something, such as One, All, Find and Get, end the test when there is nothing to return. The
//     others report the failure, and the test continues.
//   - CDKTF writes one nested block as an object and several as a list. A path or wanted value has to follow.
//   - A path does not lead into a string: use Decode, or [JSON] in a wanted value.
//   - A misspelled type in None, and a misspelled last key in Lacks, cannot be detected.
//   - A template reports to the test that it was made in. Inside t.Run use [Template.With].
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
