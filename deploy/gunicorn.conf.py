"""How gunicorn serves schoolsafe, for `make run` and for production.

What differs from machine to machine is given on the command line: --bind, --workers.
"""

import os
import subprocess
import sys
from pathlib import Path

IS_PRODUCTION = os.environ.get("SCHOOLSAFE_MODE") == "production"

# Few threads: more of them in one interpreter made pages slower and far less even (docs/performance.md).
worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 6
keepalive = 5
# A worker is replaced now and then, so that nothing can grow for weeks; not all at the same moment.
max_requests = 20_000 if IS_PRODUCTION else 0
max_requests_jitter = 2_000 if IS_PRODUCTION else 0
control_socket_disable = True
# Only the proxy on this machine may say that a request came over https.
forwarded_allow_ips = "127.0.0.1,::1"

# --- Logs: no query, no referrer, no browser; link tokens are masked in every line -----------------
accesslog = "-" if IS_PRODUCTION else None
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s bytes %(M)s ms'
loglevel = "info" if IS_PRODUCTION else "warning"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask_tokens": {"()": "schoolsafe.lib.logs.MaskTokens"}},
    "formatters": {
        "line": {
            "()": "schoolsafe.lib.logs.Line",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["mask_tokens"],
            "formatter": "line",
        },
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "filters": ["mask_tokens"],
            "formatter": "line",
        },
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {
            "handlers": ["stderr"],
            "level": loglevel.upper(),
            "propagate": False,
        },
        "gunicorn.access": {
            "handlers": ["stdout"] if IS_PRODUCTION else [],
            "level": "INFO",
            "propagate": False,
        },
    },
}


def on_starting(server: object) -> None:
    """Ask first whether this installation may start; the answer is one line."""
    if IS_PRODUCTION:
        manage = Path(__file__).resolve().parent.parent / "manage.py"
        done = subprocess.run([sys.executable, str(manage), "preflight"], check=False)
        if done.returncode:
            sys.exit(done.returncode)
