"""Signing in, and the audit of who did and saw what."""

from school.roles import may_manage_accounts, may_read_audit
from schoolsafe.processing.kinds import ANSWERING, SAFEGUARDING, TASK, Activity, who

ACCOUNTS = Activity(
    key="accounts",
    name="Accounts and signing in",
    purpose="To let in who works here and nobody else, with a second factor where it matters",
    whose=("staff", "governors"),
    basis=TASK,
    condition=SAFEGUARDING,
    recipients="Microsoft, where staff sign in with the school's Microsoft account",
    kept="Sessions 8 hours, what was sent from a locked browser a day, failed ways in two weeks, an account as long as its person is on record",
    readers=who(may_manage_accounts),
    also="passwords, sessions and keys are shown to nobody, what was sent from a locked browser to its writer alone",
    holds={
        "school.UntiedSignIn": {
            "plain": "first_at last_at",
            "personal": "object_id name user_name",
        },
        "school.Session": {
            "plain": "expire_date",
            "personal": "user acted_at",
            "secret": "session_data",
        },
        "school.Unsent": {
            "plain": "address kept_at",
            "personal": "staff",
            "special": "typed",
        },
        "school.SavedView": {
            "plain": "register query saved_at",
            "personal": "staff name",
        },
        "admin.LogEntry": {
            "plain": "action_time content_type object_id action_flag",
            "personal": "user object_repr change_message",
        },
        "auth.Permission": {
            "plain": "name content_type codename",
        },
        "auth.Group": {
            "plain": "name permissions",
        },
        "auth.User": {
            "plain": "is_superuser is_staff is_active groups user_permissions",
            "personal": "last_login username first_name last_name email date_joined",
            "secret": "password",
        },
        "contenttypes.ContentType": {
            "plain": "app_label model",
        },
        "sessions.Session": {
            "plain": "expire_date",
            "secret": "session_data",
        },
        "account.EmailAddress": {
            "plain": "verified primary",
            "personal": "user email",
        },
        "account.EmailConfirmation": {
            "plain": "created sent",
            "personal": "email_address",
            "secret": "key",
        },
        "socialaccount.SocialApp": {
            "plain": "provider provider_id name client_id key settings",
            "secret": "secret",
        },
        "socialaccount.SocialAccount": {
            "plain": "provider last_login date_joined",
            "personal": "user uid extra_data",
        },
        "socialaccount.SocialToken": {
            "plain": "app expires_at",
            "personal": "account",
            "secret": "token token_secret",
        },
        "mfa.Authenticator": {
            "plain": "type created_at last_used_at",
            "personal": "user",
            "secret": "data",
        },
    },
)

AUDIT = Activity(
    key="audit",
    name="Who did and saw what",
    purpose="To prove who did what and who read what, so that nobody can change or hide it",
    whose=(
        "staff",
        "guardians, by number",
    ),
    basis=ANSWERING,
    kept="As long as the product runs: it holds numbers and field names, never a text, and nothing takes it away",
    readers=who(may_read_audit),
    holds={
        "audit.Entry": {
            "plain": "at verb object detail guard key_id previous hash",
            "personal": "actor",
        },
        "audit.Canary": {
            "plain": "purpose key_id sealed",
        },
        "audit.Verified": {
            "plain": "part entry head count is_under_way begun_at looked_at finished_at key_id seal",
        },
        "audit.Alarm": {
            "plain": "why entry mark found_at acknowledged_at",
            "personal": "acknowledged_by words",
        },
    },
)
ACTIVITIES = (
    ACCOUNTS,
    AUDIT,
)
