package settings

import "testing"

func TestNotesAreGivenOnceForAllStacks(t *testing.T) {
	all, err := Parse("webapp.yaml", []byte(`name: webapp
container: {image: nginx, ports: [8080], environment: {PEER: "${HOST}:80", PLAIN: $HOST}}
environments: {dev: {}, prod: {container: {environment: {OWN: "${X}"}}}}`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "webapp.yaml:2:62: container.environment.PEER: note: the container gets ${…} as it is written; nothing replaces it on the way\n" +
		"webapp.yaml:3:63: environments.prod.container.environment.OWN: note: the container gets ${…} as it is written; nothing replaces it on the way"
	if got := Notes(all).Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
