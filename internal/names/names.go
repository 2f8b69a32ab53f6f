// Package names makes names fit into the lengths that AWS allows.
package names

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// hashLength is enough that no two of an account's names meet.
const hashLength = 8

// Fit returns a name that is not longer than the limit. One that fits stays as it is, so that nothing that exists is
// renamed. Of a longer one the end gives way to a hash of the whole, so that names that begin alike stay different.
func Fit(name string, limit int) string {
	if len(name) <= limit {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return strings.TrimRight(name[:limit-hashLength-1], "-.") + "-" + hex.EncodeToString(sum[:])[:hashLength]
}
