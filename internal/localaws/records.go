package localaws

import (
	"bytes"
	"net/http"
	"strings"
)

// patchRecords has moto take the creation of a record: that there is none of its name and type yet is known by then.
// moto refuses one that it has created before, though it was deleted in between.
func patchRecords(r *http.Request, body []byte) []byte {
	if r.Method == http.MethodPost && strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/rrset") {
		return bytes.ReplaceAll(body, []byte("<Action>CREATE</Action>"), []byte("<Action>UPSERT</Action>"))
	}
	return body
}
