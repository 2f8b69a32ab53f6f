// Package names shortens names to the lengths that AWS allows.
package names

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// hashLength is long enough to keep the names of an account unique.
const hashLength = 8

// Fit returns a name that is not longer than the limit. A name that fits is returned unchanged. The end of a longer
// name is replaced by a hash of the whole name, so that names with the same beginning stay different.
func Fit(name string, limit int) string {
	if len(name) <= limit {
		return name
	}
	return strings.TrimRight(name[:limit-hashLength-1], "-.") + "-" + Hash(name)
}

// Hash returns 8 hexadecimal digits that stand for a text.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:hashLength]
}
