package settings

import (
	"cmp"
	"maps"
	"slices"

	"webapp/internal/configfile"
)

// checkDependencies reports conditions that can never become true.
// Source: ECS API, ContainerDependency.
func (k NamedContainer) checkDependencies(c, task configfile.Checker, all map[string]NamedContainer) {
	waitsFor := func(name string) []string {
		if other, ok := all[name]; ok {
			return slices.Sorted(maps.Keys(other.DependsOn))
		}
		return nil // reported where it is named
	}
	for name, condition := range k.DependsOn {
		at := c.Key(name)
		other, ok := all[name]
		sidecar, rest := task.At("sidecars").Key(name), "write "+nested(at.Path(), "null")
		switch {
		case (!ok || name == k.Name) && !sidecar.Valid(""): // which may be meant
		case name == k.Name:
			at.Problemf("a container cannot wait for itself; remove this line")
		case !ok && (at.ReportDropped(sidecar.Path(), rest) ||
			name == collectorName && at.ReportDropped(task.At(tracingPath).Path(), rest)):
		case !ok:
			others := maps.Clone(all)
			delete(others, k.Name)
			at.Problemf("the task has no other container %q; %s", name, configfile.SuggestKey(name, others, "remove it"))
		case !slices.Contains(conditions, condition):
			at.Problemf("%q is not a valid condition; %s", condition,
				configfile.Suggest(cmp.Or(composeConditions[condition], condition), conditions))
		case condition == "HEALTHY" && other.HealthCheck == nil && at.ReportDropped(
			task.At(other.path).At("healthCheck").Path(), "write "+nested(at.Path(), "START")):
		case condition == "HEALTHY" && other.HealthCheck == nil:
			at.Problemf("HEALTHY needs a healthCheck in %s, which has none; add one, or write START", name)
		case (condition == "COMPLETE" || condition == "SUCCESS") && other.Essential:
			at.Problemf("%s waits for %s to end, but that container is essential, and the whole task ends with it; "+
				"write START or HEALTHY", condition, name)
		default:
			if way := circle(k.Name, name, waitsFor); way != nil {
				at.Problemf("%s, so none of them would start; remove one of these", describeCircle(way, "waits for"))
			}
		}
	}
}

var conditions = []string{"START", "HEALTHY", "COMPLETE", "SUCCESS"}

// composeConditions maps the conditions of Docker Compose to those of ECS.
var composeConditions = map[string]string{
	"service_started": "START", "service_healthy": "HEALTHY", "service_completed_successfully": "SUCCESS",
}
