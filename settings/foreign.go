package settings

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// foreign returns what to do with a file of another tool that was given as a settings file, or "" for any other.
func foreign(keys []string, has func(keys string) bool) string {
	convert := func(what, command string) string {
		return fmt.Sprintf("this is %s; write a settings file from it: webapp convert %s > settings.yaml (docs/moving.md)",
			what, command)
	}
	other := func(what string) string {
		return fmt.Sprintf("this is %s, which cannot be converted; %s", what, start)
	}
	isOurs := has("container") || has("environments.*.container")
	switch {
	case has("containerDefinitions") || has("taskDefinition.containerDefinitions"):
		return "this is an ECS task definition, which cannot be converted; " + start +
			", and see docs/settings.md for what stands for its parameters"
	case has("apiVersion") && has("kind"):
		return "this is a Kubernetes manifest, which cannot be converted; " + start
	case has("Service.ServiceArn"):
		return convert("a description of an App Runner service", "apprunner FILE")
	case has("type") && (has("image") || has("on") || has("name")) && !isOurs,
		has("application") && !has("name") && !isOurs:
		return convert("a file of Copilot", "copilot FOLDER")
	case has("runtime") && has("run.command"):
		return "this is the apprunner.yaml of a repository, which cannot be converted; " +
			"convert the description of the service: webapp convert apprunner FILE (docs/moving.md)"
	case (has("services.*.image") || has("services.*.build")) && !slices.ContainsFunc(keys, notCompose):
		return convert("a Compose file", "compose FILE")
	}
	files := foreignFiles
	if !has("name") {
		files = slices.Concat(files, namelessFiles)
	}
	for _, file := range files {
		if !isOurs && slices.ContainsFunc(strings.Fields(file.keys), has) {
			return other(file.what)
		}
	}
	if has("services.*.container.image") && !isOurs && !has("additionalRegions") && !slices.ContainsFunc(keys, notOurs) {
		return "the file has no service at its top; move the settings of the main one there, such as its container, from " +
			"under services"
	}
	return ""
}

type foreignFile struct{ what, keys string }

// foreignFiles are the files of other tools by a key that each of them has, and a settings file has not.
var foreignFiles = []foreignFile{
	{"a CloudFormation template", "AWSTemplateFormatVersion Transform Resources.*.Type"},
	{"the serverless.yml of the Serverless Framework", "functions.*.handler provider.runtime"},
	{"the app.json of Heroku", "buildpacks addons formation"},
	{"a Helm chart", "apiVersion"},
	{"the values of a Helm chart", "replicaCount image.repository"},
	{"a Kubernetes manifest", "kind"},
	{"the render.yaml of Render", "services.*.runtime services.*.type"},
	{"an app specification of DigitalOcean", "services.*.github services.*.git services.*.instance_size_slug"},
	{"a workflow of GitHub", "jobs.*.steps"},
}

// namelessFiles are those that never have a name at the top, which a settings file always has.
var namelessFiles = []foreignFile{
	{"a Compose file of version 1", "*.image *.build"},
	{"a Procfile", "web"},
	{"the app.yaml of App Engine", "runtime"},
}

// notOurs reports whether a settings file cannot have the key at its top.
func notOurs(key string) bool {
	return !slices.Contains(configfile.Keys(reflect.TypeFor[Settings]()), key) && key != "environments"
}

// foreignName returns what to do with a file whose name ends as those of another tool, or "".
func foreignName(path string) string {
	switch filepath.Ext(path) {
	case ".tf", ".tfvars":
		return "this is a file of Terraform, and the settings are YAML; " + start
	case ".toml":
		return "this is a TOML file, and the settings are YAML; " + start
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
