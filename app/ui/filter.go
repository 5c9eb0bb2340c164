package ui

import (
	"strings"

	"rollcall/shared"
)

const (
	orderItem = "rollcall.order" // how the list is sorted, unless by arrival
	// filterItem has what this tab lists of a room: room, status and query, each but the
	// last followed by separator.
	filterItem = "rollcall.filter"
)

// readOrder restores the order that the user chose in any room.
func (p *Page) readOrder() {
	if saved := order(local.get(orderItem)); saved == orderName || saved == orderStatus {
		p.setOrder(saved)
	}
}

// saveFilter saves how the list is sorted, and for a reload of this tab what is listed.
func (p *Page) saveFilter() {
	keep := func(area storage, item, value string, set bool) {
		if set {
			area.set(item, value)
		} else {
			area.del(item)
		}
	}
	keep(local, orderItem, string(p.order), p.order == orderName || p.order == orderStatus)
	keep(tab, filterItem, p.room+separator+string(p.only)+separator+p.query, p.filtered())
}

// restoreFilter lists what was listed before a reload, once all members are known.
func (p *Page) restoreFilter() {
	room, filter, _ := strings.Cut(tab.get(filterItem), separator)
	if room != p.room || p.filtered() {
		return
	}
	only, query, _ := strings.Cut(filter, separator)
	if status := shared.Status(only); p.memberList.tally(status) > 0 {
		p.setOnly(status)
	}
	if p.total >= searchFrom {
		p.setQuery(query)
		p.restoredQuery = query
	}
}
