/** One credential, several secured forms: a text for each, all of the present version. */
export const FORMS_SQL = `
CREATE TABLE credential_forms (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  mechanism TEXT NOT NULL CHECK (mechanism IN ('vc+jwt', 'vc+sd-jwt', 'eddsa-jcs-2022', 'ecdsa-jcs-2019',
    'eddsa-rdfc-2022', 'ecdsa-rdfc-2019')),
  text TEXT NOT NULL CHECK (text <> ''),
  PRIMARY KEY (tenant_id, id, mechanism),
  FOREIGN KEY (tenant_id, id) REFERENCES credentials
) STRICT;
INSERT INTO credential_forms (tenant_id, id, mechanism, text)
  SELECT tenant_id, id, 'vc+jwt', jwt FROM credential_documents WHERE jwt IS NOT NULL;
-- A child commits to the digest of the text that was released.
CREATE TRIGGER credential_forms_fixed BEFORE UPDATE ON credential_forms
BEGIN SELECT RAISE(ABORT, 'a form is signed once for a version'); END;

DROP TRIGGER credentials_signed;
CREATE TRIGGER credentials_signed BEFORE UPDATE OF state ON credentials
WHEN NEW.state = 'active' AND NOT EXISTS (
  SELECT 1 FROM credential_forms AS f WHERE f.tenant_id = NEW.tenant_id AND f.id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'only a signed credential is active'); END;
ALTER TABLE credential_documents DROP COLUMN jwt;
`
