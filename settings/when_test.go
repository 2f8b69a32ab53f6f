package settings

import (
	"testing"

	"webapp/internal/cron"
)

func TestZonesOfAbbreviationsExist(t *testing.T) {
	for abbreviation, zone := range zonesOfAbbreviations {
		if _, err := cron.Location(zone); err != nil {
			t.Errorf("%s: %v", abbreviation, err)
		}
		if _, err := cron.Location(abbreviation); err == nil {
			t.Errorf("%s is a time zone", abbreviation)
		}
	}
}
