"""supervisord's configuration: commands and environments of the long-running parts."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence

from echostream_cli.paths import ROOT
from echostream_cli.settings import Settings

CONFIG = """\
[supervisord]
logfile={logs}/supervisord.log
pidfile={state_dir}/supervisord.pid
childlogdir={logs}
nocleanup=true

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
{programs}"""
CODE = "ECHOSTREAM_CODE"
"""A hash of a process's code; if it changes, `make up` restarts the processes."""
PROGRAM = """
[program:{name}]
command={command}
directory={directory}
environment={environment}
autostart=false
autorestart=true
startsecs=1
startretries=10
stopwaitsecs=60
stopasgroup={as_group}
killasgroup=true
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
"""


def supervisord_config(settings: Settings) -> str:
    """supervisord's configuration for a sandbox."""
    return CONFIG.format(
        logs=_safe(settings.logs),
        state_dir=_safe(settings.state_dir),
        socket=_safe(settings.socket),
        programs="".join(_programs(settings)),
    )


def _programs(settings: Settings) -> Iterator[str]:
    yield _program(
        settings,
        "emulator",
        [
            ROOT / ".venv-emulator" / "bin" / "python",
            ROOT / "localstack" / "run-emulator.py",
        ],
        _emulator_environment(settings),
    )
    companion: list[object] = [ROOT / ".venv" / "bin" / "python", "-m", "aws_companion"]
    companion += ["--host", settings.bind_host, "--port", settings.companion_port]
    companion += ["--emulator", settings.endpoint, "--region", settings.aws_region]
    companion += ["--cassettes", settings.cassettes]
    companion += ["--openai-url", settings.bedrock_openai_url]
    companion += ["--openai-model", settings.bedrock_openai_model]
    environment = {CODE: code("companion/src"), **_access(settings)}
    yield _program(settings, "companion", companion, environment)
    dashboard: list[object] = [ROOT / ".venv" / "bin" / "streamlit", "run", "dashboard/app.py"]
    dashboard += ["--server.address", settings.bind_host]
    dashboard += ["--server.port", settings.dashboard_port]
    environment = {CODE: code("dashboard", "localstack", "src")}
    environment["STATE_DIR"] = str(settings.state_dir)
    yield _program(settings, "dashboard", dashboard, environment)


def code(*folders: str) -> str:
    """A hash of the Python, SQL and TOML files in folders of the project."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".sql", ".toml"):
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _emulator_environment(settings: Settings) -> dict[str, str]:
    return {
        "GATEWAY_PORT": str(settings.emulator_port),
        "BIND_HOST": settings.bind_host,
        "MINISTACK_REGION": settings.aws_region,
        "IOT_MTLS_ENABLED": "0",
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(settings.data / "emulator"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(settings.data / "s3"),
        "MINISTACK_COGNITO_PRETOKEN_STRICT": "1",
        **_access(settings),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "TMPDIR": str(settings.data),
        **({"AWS_ENDPOINT_URL": settings.meter_url} if settings.meter_url else {}),
        "PATH": f"{ROOT / '.venv-emulator' / 'bin'}:/usr/bin:/bin",
    }


def _access(settings: Settings) -> dict[str, str]:
    """Who may send requests: the allowed hosts, and the access key with its secret."""
    return {"ALLOWED_HOSTS": settings.trusted_hosts, **settings.target.credentials()}


def _program(
    settings: Settings,
    name: str,
    command: Sequence[object],
    environment: Mapping[str, str],
) -> str:
    return PROGRAM.format(
        name=name,
        command=" ".join(f'"{_safe(word)}"' for word in command),
        directory=_safe(ROOT),
        environment=",".join(f'{key}="{_safe(value)}"' for key, value in environment.items()),
        logs=_safe(settings.logs),
        as_group="false" if name == "emulator" else "true",
    )


def _safe(value: object) -> str:
    """A value for supervisord's configuration, with percent signs escaped."""
    return str(value).replace("%", "%%")
