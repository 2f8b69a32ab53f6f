package iamactions

import "testing"

func TestHas(t *testing.T) {
	for action, want := range map[[2]string]bool{
		{"s3", "GetObject"}: true, {"S3", "getobject"}: true, {"ssmmessages", "OpenDataChannel"}: true,
		{"s3", "GetObjekt"}: false, {"s4", "GetObject"}: false, {"s3", ""}: false, {"", "GetObject"}: false,
		{"\tGetObject", ""}: false, {"a2c", "ApproveSkill"}: false, {"zonal-autoshift", "GetObject"}: false,
	} {
		if got := Has(action[0], action[1]); got != want {
			t.Errorf("%v: got %v, want %v", action, got, want)
		}
	}
}

func TestEveryServiceHasActions(t *testing.T) {
	all := Services()
	if len(all) < 400 {
		t.Errorf("only %d services", len(all))
	}
	for _, service := range all {
		if len(Of(service)) == 0 {
			t.Errorf("%s has no actions", service)
		}
	}
}
