-- After every migrate, by schoolsafe_owner; may be repeated:
--   psql -U schoolsafe_owner -d schoolsafe -f deploy/postgresql/2-rights.sql
--
-- There are no default privileges: a new table is closed to the app until this has been run.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO schoolsafe_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO schoolsafe_app;

-- The audit may be added to and read, and nothing else.
REVOKE ALL ON audit_entry FROM schoolsafe_app;
GRANT SELECT, INSERT ON audit_entry TO schoolsafe_app;

-- Which migrations have run is the owner's business.
REVOKE ALL ON django_migrations FROM schoolsafe_app;
GRANT SELECT ON django_migrations TO schoolsafe_app;
