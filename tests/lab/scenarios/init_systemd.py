"""x"""
from tests.lab.guest import HostSpec, Lab, expect
PACKAGES = ("libpam-systemd", "python3-venv", "runit", "s6", "systemd-sysv")
WHEELS = True
HOSTS = (HostSpec("alpha", init="/lib/systemd/systemd"),)
async def scenario(lab: Lab) -> None:
    (alpha,) = lab.hosts
    for c in (("systemctl","is-system-running","--wait"),("systemctl","--failed"),("systemctl","status"),("journalctl","-b","--no-pager"),("nmcli",), ("cat","/proc/self/cgroup")):
        r = await alpha.run(*c); lab.note(f"{r}\n{r.stdout}{r.stderr}")
    r = await alpha.run("/airhail/scripts/install", "--wheels", "/airhail/dist"); lab.note(f"{r}\n{r.stdout}{r.stderr}")
    for c in (("systemctl","enable","--now", "airhail"),("systemctl","status", "airhail", "--no-pager"),("journalctl","-u", "airhail","--no-pager"),("airhail","status"),("ls","-laR","/run/airhail"),("systemd-analyze","security","airhail")):
        r = await alpha.run(*c); lab.note(f"{r}\n{r.stdout}{r.stderr}")
    expect(False, "look")
