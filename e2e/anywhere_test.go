package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"webapp/e2e/internal/warmprovider"
)

// warmAnywhere returns Terraform with a warm provider, for a program that starts a local AWS by itself: which AWS that
// is, Terraform knows only when it is called.
func warmAnywhere(t *testing.T) string {
	t.Helper()
	executable := findTerraform(t)
	found := &attachments{t: t, provider: installedProvider(t, executable), byAWS: map[string]*attachment{}}
	server := httptest.NewServer(found)
	// Terraform kills a provider that it cannot attach to any more, which is this process: the providers end after what
	// the test cleans up itself.
	t.Cleanup(func() {
		server.Close()
		found.close()
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	attached := filepath.Join(t.TempDir(), attachedName)
	if err := os.Symlink(self, attached); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(attaching{Attachments: server.URL, Terraform: executable})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(attachingFile(attached), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return attached
}

// attachments starts a warm provider for each AWS that a Terraform is called for, and answers how to attach to it.
type attachments struct {
	t        *testing.T
	provider *warmprovider.Provider
	mutex    sync.Mutex
	byAWS    map[string]*attachment
}

type attachment struct {
	server *warmprovider.Server
	types  *warmprovider.Types
}

func (a *attachments) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := a.attach(r.FormValue("aws"), r.FormValue("folder"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write([]byte(answer)) // an error means that Terraform has gone away
}

func (a *attachments) attach(aws, folder string) (string, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	one := a.byAWS[aws]
	if one == nil {
		types := &warmprovider.Types{}
		server, err := a.provider.Serve(environ(aws), types, a.t.Output())
		if err != nil {
			return "", err
		}
		one = &attachment{server, types}
		a.byAWS[aws] = one
	}
	if err := one.types.AddFolder(folder); err != nil {
		return "", err
	}
	return one.server.Attachment()
}

func (a *attachments) close() {
	for _, one := range a.byAWS {
		one.server.Close()
	}
}

// attachedName is the name by which this test's program is a Terraform with a warm provider.
const attachedName = "terraform"

// attaching is what that Terraform reads from a file beside it.
type attaching struct {
	Attachments string // the URL that says how to attach
	Terraform   string // the executable
}

func attachingFile(attached string) string { return attached + ".json" }

// attachedTerraform becomes Terraform, attached to the warm provider of the AWS that it is called for.
func attachedTerraform() error {
	text, err := os.ReadFile(attachingFile(os.Args[0]))
	if err != nil {
		return err
	}
	var how attaching
	if err := json.Unmarshal(text, &how); err != nil {
		return err
	}
	environment := os.Environ()
	if aws := os.Getenv("AWS_ENDPOINT_URL"); aws != "" {
		folder, err := os.Getwd()
		if err != nil {
			return err
		}
		query := url.Values{"aws": {aws}, "folder": {folder}}.Encode()
		request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, how.Attachments+"?"+query, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		answer, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("attaching Terraform to a warm provider: %s", answer)
		}
		environment = append(environment, "TF_REATTACH_PROVIDERS="+string(answer))
	}
	return syscall.Exec(how.Terraform, append([]string{"terraform"}, os.Args[1:]...), environment)
}
