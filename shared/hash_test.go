package shared_test

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"testing"

	"rollcall/shared"
)

// testVectors is the content of testdata/vectors.json, which was not computed by this
// package. Other implementations can test themselves with the same file.
type testVectors struct {
	Users []struct {
		User shared.User `json:"user"`
		Hash shared.Hash `json:"hash"`
	} `json:"hash_user"`
	Roster    shared.Hash `json:"hash_of_all"`
	RoomInfos []struct {
		RoomInfo shared.RoomInfo `json:"room_info"`
		Hash     shared.Hash     `json:"hash"`
	} `json:"hash_room_info"`
	MemberIDs []struct {
		Key string `json:"key"`
		ID  string `json:"id"`
	} `json:"member_id"`
	Hues []struct {
		ID  string `json:"id"`
		Hue int    `json:"hue"`
	} `json:"hue"`
}

func vectors(t *testing.T) testVectors {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v testVectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Users) < 5 || len(v.RoomInfos) < 5 || len(v.MemberIDs) < 3 || len(v.Hues) < 3 {
		t.Fatal("there are too few vectors")
	}
	return v
}

func TestHashUserVectors(t *testing.T) {
	v := vectors(t)
	var all shared.Hash
	for _, u := range v.Users {
		if got := shared.HashUser(u.User); got != u.Hash {
			t.Errorf("HashUser(%+v) = %v, want %v", u.User, got, u.Hash)
		}
		all ^= u.Hash
	}
	if all != v.Roster {
		t.Errorf("all of them make %v, want %v", all, v.Roster)
	}
}

func TestHashRoomInfoVectors(t *testing.T) {
	seen := map[shared.Hash]shared.RoomInfo{}
	for _, v := range vectors(t).RoomInfos {
		if got := shared.HashRoomInfo(v.RoomInfo); got != v.Hash {
			t.Errorf("HashRoomInfo(%+v) = %v, want %v", v.RoomInfo, got, v.Hash)
		}
		if twin, ok := seen[v.Hash]; ok {
			t.Errorf("%+v and %+v have the same hash", v.RoomInfo, twin)
		}
		seen[v.Hash] = v.RoomInfo
	}
}

// The hash depends on every field, and on where one field ends and the next begins.
func TestHashUserDistinguishesFields(t *testing.T) {
	seen := map[shared.Hash]shared.User{}
	for _, u := range []shared.User{
		{},
		{ID: "a"}, {Name: "a"}, {Status: "a"}, {Note: "a"}, {NoteUntil: 1}, {NoteUntil: 2}, {Devices: 1}, {Devices: 2}, {JoinedAt: 1},
		{ID: "ab"}, {ID: "a", Name: "b"}, {Name: "ab"}, {Name: "a", Status: "b"}, {Status: "ab"},
		{Status: "a", Note: "b"}, {Note: "ab"}, {Note: "1"}, {Note: "0"}, {JoinedAt: -1}, {JoinedAt: 10},
		{Role: "host"}, {Role: "info"}, {StatusSince: 1}, {Info: info("a", "b")}, {Info: info("a", "b"), StatusSince: 1},
		{Info: info("a", "b", "status_since", "1")}, {Info: info("ab", "")}, {Info: info("a", "", "b", "")}, {Role: "host", StatusSince: 1},
	} {
		h := shared.HashUser(u)
		if twin, ok := seen[h]; ok {
			t.Errorf("%+v and %+v have the same hash", u, twin)
		}
		seen[h] = u
	}
}

func similarUser(i int) shared.User {
	return shared.User{ID: fmt.Sprintf("AAAAAAAAAAA%05d", i), Name: "Ana", Status: shared.StatusActive, JoinedAt: 1767225600000 + int64(i%7)}
}

func TestSimilarUsersDoNotCollide(t *testing.T) {
	const people = 100_000
	seen := make(map[shared.Hash]bool, people)
	for i := range people {
		seen[shared.HashUser(similarUser(i))] = true
	}
	if len(seen) != people {
		t.Errorf("%d users have %d hashes", people, len(seen))
	}
}

// A roster's hash is an XOR, so the hashes of all pairs of users must differ, too:
// if two pairs had the same, a roster could lose all four users unnoticed.
func TestPairsOfSimilarUsersDoNotCancel(t *testing.T) {
	const people = 300
	seen := map[shared.Hash]bool{}
	for i := range people {
		for j := range i {
			pair := shared.HashUser(similarUser(i)) ^ shared.HashUser(similarUser(j))
			if seen[pair] || pair == 0 {
				t.Fatalf("the pair %d, %d hashes like another", i, j)
			}
			seen[pair] = true
		}
	}
}

// A change of one bit of a user flips every bit of the hash about half of the time.
func TestHashAvalanche(t *testing.T) {
	const people = 4000
	var turned [64]int
	for i := range people {
		u := similarUser(i)
		before := shared.HashUser(u)
		u.JoinedAt ^= 1
		for rest := uint64(before ^ shared.HashUser(u)); rest != 0; rest &= rest - 1 {
			turned[bits.TrailingZeros64(rest)]++
		}
	}
	for bit, n := range turned {
		if n < people*45/100 || n > people*55/100 {
			t.Errorf("bit %d turned %d times in %d", bit, n, people)
		}
	}
}

func TestHashText(t *testing.T) {
	for _, h := range []shared.Hash{0, 1, 0xc0ffee, 1<<63 + 1, 1<<64 - 1} {
		text, err := h.MarshalText()
		if err != nil || len(text) != 16 || string(text) != h.String() || string(text) != fmt.Sprintf("%016x", uint64(h)) {
			t.Errorf("%d reads %q, %v", uint64(h), text, err)
		}
		var back shared.Hash
		if err := back.UnmarshalText(text); err != nil || back != h {
			t.Errorf("%q gives %v, %v", text, back, err)
		}
	}
	for _, text := range []string{"", "0", "00c0ffee0000000", "00c0ffee000000011", "0x00000000c0ffee", "-000000000000001", "0000_0000_0000_1", "zzzzzzzzzzzzzzzz"} {
		h := shared.Hash(7)
		if err := h.UnmarshalText([]byte(text)); err == nil || h != 7 {
			t.Errorf("%q gives %v, %v", text, h, err)
		}
	}
}
