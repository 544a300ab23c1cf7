-- Once, by a superuser, connected to the empty database of schoolsafe:
--   psql -d schoolsafe -f deploy/postgresql/1-roles.sql
-- then give both roles a password with \password.
--
-- schoolsafe_owner runs the migrations and owns every table.
-- schoolsafe_app   is what web, worker and beat sign in as. It owns nothing, so that it can neither
--                  switch off the audit's triggers nor drop its table.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'schoolsafe_owner') THEN
        CREATE ROLE schoolsafe_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'schoolsafe_app') THEN
        CREATE ROLE schoolsafe_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- somebody made them at the same moment
END $$;

DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO schoolsafe_owner, schoolsafe_app', current_database());
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO schoolsafe_owner;
GRANT USAGE ON SCHEMA public TO schoolsafe_app;
