package expression

import (
	"crypto/md5" //nolint:gosec // CDKTF's choice; nothing is secured by it
	"encoding/hex"
	"strings"
)

// FormerAddress returns the address of a resource that an earlier release created at this path of construct ids, for
// moved and removed blocks. The path begins below the stack, and has at least two ids, none of them "Resource".
func FormerAddress(resourceType string, path ...string) string {
	sum := md5.Sum([]byte(strings.Join(path, "/"))) //nolint:gosec // as above
	return resourceType + "." + strings.Join(path, "_") + "_" + strings.ToUpper(hex.EncodeToString(sum[:4]))
}
