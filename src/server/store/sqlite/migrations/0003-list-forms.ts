/** Lists with a Data Integrity proof beside the `vc+jwt`, and the Token Status List that repeats each pair. */
export const LIST_FORMS_SQL = `
-- Absent of versions that were signed before there was a second form.
ALTER TABLE publications ADD COLUMN vc TEXT;

CREATE TABLE mirrors (
  tenant_id TEXT NOT NULL,
  list INTEGER NOT NULL,
  version INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  jwt TEXT NOT NULL,
  PRIMARY KEY (tenant_id, list),
  FOREIGN KEY (tenant_id, list) REFERENCES lists
) STRICT;
CREATE TRIGGER mirrors_forward BEFORE UPDATE ON mirrors
WHEN NEW.version <= OLD.version OR NEW.list <> OLD.list OR NEW.tenant_id <> OLD.tenant_id
BEGIN SELECT RAISE(ABORT, 'a list never goes back'); END;
CREATE TRIGGER mirrors_kept BEFORE DELETE ON mirrors
BEGIN SELECT RAISE(ABORT, 'a list never goes back'); END;

-- Every list is signed anew with the next publication, in all its forms.
UPDATE list_status SET published_until = 0;
`
