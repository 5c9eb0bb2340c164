package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// Backup copies the database in a file to a new file, as it is at one moment, while a server
// may be using it. The copy is a database like the other. A database that is missing, or not
// ours, and a copy that exists already are errors; after one there is no copy.
func Backup(ctx context.Context, file, to string) (err error) {
	if _, err := os.Stat(file); err != nil { // which checkFile would make
		return err
	}
	if fresh, err := checkFile(file); err != nil {
		return err
	} else if fresh {
		return fmt.Errorf("%s is empty", file)
	}
	copied, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, copied.Close()); err != nil {
			_ = os.Remove(to)
			err = oneLine(err)
		}
	}()
	db, err := sql.Open("sqlite", uri(file)+"?"+pragmas)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO $1", to) // an empty file is as good as none
	return errors.Join(err, db.Close(), copied.Sync())
}
