package keeper

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"rollcall/server/hub"
	"rollcall/server/store"
)

// write writes everything that is to be written. It looks at the rooms though the bans could not
// be written, since most changes of rooms need not be kept.
func (k *Keeper) write(ctx context.Context) error {
	return errors.Join(k.writeBans(ctx), k.writeRooms(ctx))
}

func (k *Keeper) writeBans(ctx context.Context) error {
	k.mu.Lock()
	taken := k.bans
	k.bans = make(map[banKey]*hub.Ban)
	k.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	rows := make([]store.Ban, 0, len(taken))
	for _, b := range taken {
		rows = append(rows, rowOf(b))
	}
	slices.SortFunc(rows, func(a, b store.Ban) int { // two nodes do not wait for each other's rows
		return cmp.Or(cmp.Compare(a.Room, b.Room), cmp.Compare(a.Member, b.Member))
	})
	err := k.config.Store.SetBans(ctx, rows)
	if err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		for key, b := range taken {
			over := time.Since(time.UnixMilli(max(b.Until, b.Kept))) > forgetAfter // it would be deleted at once
			if k.bans[key] == nil && !over {                                       // otherwise there is a later one
				k.bans[key] = b
			}
		}
	}
	return err
}

// writeRooms writes of the rooms what the hub remembers, and not what it was told of them: so
// the database has no more of them than the hub.
func (k *Keeper) writeRooms(ctx context.Context) error {
	k.mu.Lock()
	taken := k.rooms
	k.rooms = make(map[string]struct{})
	var rows []store.Room
	for room := range taken {
		if kept := k.hub.Kept(room); kept != k.known[room] {
			rows = append(rows, roomOf(room, kept))
		}
	}
	k.mu.Unlock()
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b store.Room) int { return cmp.Compare(a.Room, b.Room) })
	err := k.config.Store.SetRooms(ctx, rows)
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, row := range rows {
		if err != nil {
			k.rooms[row.Room] = struct{}{}
		} else {
			k.note(row.Room, keptOf(row))
		}
	}
	return err
}

func roomOf(name string, k hub.Kept) store.Room {
	h := k.Hosting
	return store.Room{Room: name, RoomInfo: k.Info, Hosts: h.Hosts, HostLock: h.Locked, HostLeft: h.Left}
}

func keptOf(row store.Room) hub.Kept {
	return hub.Kept{Info: row.RoomInfo, Hosting: hub.Hosting{Hosts: row.Hosts, Locked: row.HostLock, Left: row.HostLeft}}
}

func rowOf(b *hub.Ban) store.Ban {
	row := store.Ban{
		Room: b.Room, Member: b.ID, Name: b.Name, Since: time.UnixMilli(b.From), Until: time.UnixMilli(b.Until),
		SetBy: b.By, SetByID: b.ByID, Reason: b.Reason, Lifted: b.Lifted, ByAddress: b.Address,
	}
	if b.Kept != 0 {
		row.Kept = time.UnixMilli(b.Kept)
	}
	for _, a := range b.Addresses {
		row.Addresses = append(row.Addresses, a.String())
	}
	return row
}

// banOf returns the ban of a row. An address that can't be read is not a valid one, which the
// hub refuses.
func banOf(row store.Ban) hub.Ban {
	b := hub.Ban{
		Room: row.Room, ID: row.Member, Name: row.Name, From: row.Since.UnixMilli(), Until: row.Until.UnixMilli(),
		By: row.SetBy, ByID: row.SetByID, Reason: row.Reason, Lifted: row.Lifted, Address: row.ByAddress,
	}
	if !row.Kept.IsZero() {
		b.Kept = row.Kept.UnixMilli()
	}
	for _, text := range row.Addresses {
		a, _ := netip.ParsePrefix(text)
		b.Addresses = append(b.Addresses, a)
	}
	return b
}
