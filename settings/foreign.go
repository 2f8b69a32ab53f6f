package settings

import (
	"fmt"
	"slices"
	"strings"
)

// foreign returns what to do with a file of another tool that was given as a settings file, or "" for any other.
func foreign(keys []string, has func(keys string) bool) string {
	convert := func(what, command string) string {
		return fmt.Sprintf("this is %s; write a settings file from it: webapp convert %s > settings.yaml (docs/moving.md)",
			what, command)
	}
	switch {
	case has("containerDefinitions") || has("taskDefinition.containerDefinitions"):
		return "this is an ECS task definition, which cannot be converted; " + start +
			", and see docs/settings.md for what stands for its parameters"
	case has("apiVersion") && has("kind"):
		return "this is a Kubernetes manifest, which cannot be converted; " + start
	case has("Service.ServiceArn"):
		return convert("a description of an App Runner service", "apprunner FILE")
	case has("type") && (has("image") || has("on")) && !has("container"):
		return convert("a manifest of Copilot", "copilot FOLDER")
	case (has("services.*.image") || has("services.*.build")) && !slices.ContainsFunc(keys, notCompose):
		return convert("a Compose file", "compose FILE")
	}
	return ""
}

// notCompose reports whether a Compose file cannot have the key at its top.
// Source: Compose specification, "The Compose file".
func notCompose(key string) bool {
	return !strings.HasPrefix(key, "x-") && !slices.Contains([]string{
		"version", "name", "include", "services", "networks", "volumes", "configs", "secrets", "models",
	}, key)
}
