package adopt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"webapp/settings"
)

// WriteOverrides writes overrides as a section of a settings file.
func WriteOverrides(w io.Writer, all []Overrides) error {
	titles := map[group]string{
		replacement: "Without these, Terraform would destroy what exists and create it again.",
		changeInPlace: "Without these, Terraform would change what exists in place. Remove those whose change is " +
			"welcome.",
		newRevision: "The task as it runs. Better: write it in the settings (container, task, logs), and remove " +
			"these. Each\n" +
			"  # difference is a new revision, which the service then deploys.",
	}
	fmt.Fprintln(w, "overrides:")
	last := group(-1)
	for _, one := range all {
		if group := one.group(); group != last {
			fmt.Fprintf(w, "  # %s\n", titles[group])
			last = group
		}
		for _, o := range one.Overrides {
			line, err := overrideLine(o)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "  - %s%s\n", line, settingHint(one.Address, o.Path)); err != nil {
				return fmt.Errorf("writing the overrides: %w", err)
			}
		}
	}
	return nil
}

func overrideLine(o settings.Override) (string, error) {
	if o.Remove {
		return fmt.Sprintf("{resource: %s, path: %s, remove: true}", o.Resource, o.Path), nil
	}
	var value bytes.Buffer
	encoder := json.NewEncoder(&value) // JSON is also YAML
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(o.Value); err != nil {
		return "", fmt.Errorf("writing the overrides: %w", err)
	}
	return fmt.Sprintf("{resource: %s, path: %s, value: %s}", o.Resource, o.Path,
		strings.TrimSpace(value.String())), nil
}

// settingsFor names the setting for an argument, by the resource's type and the argument's path.
var settingsFor = map[string]string{
	"aws_vpc.cidr_block":                                     "network.new.cidr",
	"aws_ecs_service.name":                                   "service.name",
	"aws_ecs_service.deployment_minimum_healthy_percent":     "service.deployment.minHealthyPercent",
	"aws_ecs_service.deployment_maximum_percent":             "service.deployment.maxPercent",
	"aws_ecs_service.health_check_grace_period_seconds":      "service.healthCheck.gracePeriod",
	"aws_ecs_service.enable_execute_command":                 "service.exec",
	"aws_ecs_service.platform_version":                       "service.platformVersion",
	"aws_ecs_service.availability_zone_rebalancing":          "service.zoneRebalancing",
	"aws_ecs_service.network_configuration.assign_public_ip": "service.assignPublicIp",
	"aws_cloudwatch_log_group.retention_in_days":             "logs.retentionDays",
	"aws_appautoscaling_target.min_capacity":                 "scaling.min",
	"aws_appautoscaling_target.max_capacity":                 "scaling.max",
	"aws_lb.internal":                                        "loadBalancer.public",
	"aws_lb.idle_timeout":                                    "loadBalancer.idleTimeout",
	"aws_lb.enable_deletion_protection":                      "loadBalancer.deletionProtection",
	"aws_lb.drop_invalid_header_fields":                      "loadBalancer.dropInvalidHeaders",
	"aws_lb.desync_mitigation_mode":                          "loadBalancer.desyncMitigation",
	"aws_lb_target_group.deregistration_delay":               "service.targetGroup.deregistrationDelay",
	"aws_lb_target_group.health_check.path":                  "service.healthCheck.path",
	"aws_lb_target_group.health_check.matcher":               "service.healthCheck.successCodes",
	"aws_lb_target_group.health_check.interval":              "service.healthCheck.interval",
	"aws_lb_target_group.health_check.timeout":               "service.healthCheck.timeout",
	"aws_lb_target_group.health_check.healthy_threshold":     "service.healthCheck.healthyThreshold",
	"aws_lb_target_group.health_check.unhealthy_threshold":   "service.healthCheck.unhealthyThreshold",
	"aws_ecs_task_definition.cpu":                            "task.cpu",
	"aws_ecs_task_definition.memory":                         "task.memory",
}

// settingHint names the setting to write instead of an override, where there is one.
func settingHint(address, path string) string {
	typ, _, _ := strings.Cut(address, ".")
	if setting, ok := settingsFor[typ+"."+path]; ok {
		return " # or the setting " + setting
	}
	return ""
}
