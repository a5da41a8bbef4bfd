"""The airhail command against a real supervisor: what it prints, and its exit status."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import trio

from airhail.supervisor.exit_status import ExitStatus
from tests.system.supervised.harness import ROOT, WITHIN, Supervised, pid_of, supervised

KITCHEN = "02:00:00:00:00:01"
ATTIC = "02:00:00:00:00:02"

RADIO = {
    "tier": "netdev",
    "services": {"networkmanager": "1.42.4", "wpa_supplicant": "present"},
    "radio": {"device": "/d", "interface": "p2p-dev-wlan0", "parent": "wlan0", "address": "02:00:00:00:00:00"},
    "find": {"state": "off", "since": {"in": -100}, "wanted": 0},
}
PEERS = {
    KITCHEN: {
        "address": KITCHEN,
        "name": "Kitchen",
        "first_seen": {"in": -90},
        "last_seen": {"in": -1},
        "present": True,
        "signal": -48,
    },
    ATTIC: {"address": ATTIC, "name": "Attic\x1b[2J", "last_seen": {"in": -130}, "present": False},
}
FINDING = {**RADIO, "find": {"state": "running", "since": {"in": -11}, "wanted": 1}, "peers": PEERS}


def link(phase: str, **known: Any) -> dict[str, Any]:
    one = {"peer": KITCHEN, "name": "Kitchen", "wanted": True, "phase": phase, "since": {"in": 0}, "attempt": 1}
    return {"links": {KITCHEN: {**one, **known}}}


UP = link("up", interface="p2p-wlan0-0", role="GO", addresses=["10.128.0.1/24"], peer_address="10.128.0.2")
REFUSED = {"reason": "peer-never-answered", "sentence": "Kitchen did not answer.", "advice": "Connect there too."}


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def tree() -> Iterator[Supervised]:
    with supervised() as one:
        (one.directory / "state").mkdir()
        yield one


def write(tree: Supervised, actor: str, begin: dict[str, Any], **methods: Any) -> str:
    path = tree.directory / "state" / f"{actor}.json"
    path.write_text(json.dumps({"begin": begin, **methods}))
    return f"{actor}=script"


async def airhail(tree: Supervised, *arguments: str) -> Said:
    with trio.fail_after(2 * WITHIN):
        done = await trio.run_process(
            [sys.executable, "-m", "airhail.supervisor", *arguments],
            cwd=ROOT,
            env=tree.environment,
            capture_stdout=True,
            capture_stderr=True,
            check=False,
        )
    said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in said.err
    assert "\x1b" not in said.out + said.err
    return said


@pytest.mark.parametrize(
    "command", [["status"], ["peers"], ["connect", KITCHEN], ["disconnect", KITCHEN], ["inspect", "discovery"]]
)
async def test_nothing_runs(tree: Supervised, command: list[str]) -> None:
    said = await airhail(tree, *command)
    assert said.status == ExitStatus.NOT_RUNNING
    assert said.err.startswith(f"airhail: airhail does not answer at {tree.directory}")
    assert "airhail run" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "command", [["fly"], [], ["connect"], ["peers", "--for", "ever"], ["inspect", "../../etc/passwd"]]
)
async def test_what_makes_no_sense(tree: Supervised, command: list[str]) -> None:
    assert (await airhail(tree, *command)).status == ExitStatus.USAGE


async def test_help_lists_the_exit_statuses(tree: Supervised) -> None:
    said = await airhail(tree, "--help")
    assert said.status == ExitStatus.DONE
    assert "3 not running" in re.sub(r"\s+", " ", said.out)


async def test_status(tree: Supervised) -> None:
    actors = write(tree, "discovery", {**RADIO, "peers": PEERS}), write(tree, "connection", UP)
    async with tree.running(*actors):
        await tree.until_running()
        said = await airhail(tree, "status")
        assert said.status == ExitStatus.DONE
        assert re.search(r"^airhail \S+, running for \d+ s \(pid \d+\)$", said.out, re.MULTILINE)
        assert re.search(r"^discovery +RUNNING +\d+ +\d+ s", said.out, re.MULTILINE)
        assert "host: 02:00:00:00:00:00, p2p-dev-wlan0, wlan0, tier netdev, networkmanager 1.42.4" in said.out
        assert re.search(
            rf"^Kitchen +{KITCHEN} +up +\d+ s +10.128.0.2 +10.128.0.1/24 +p2p-wlan0-0 +GO$", said.out, re.MULTILINE
        )
        shown = (await airhail(tree, "status", "--json")).document
        assert shown["supervisor"]["state"] == "running"
        assert shown["discovery"]["tier"] == "netdev"
        assert shown["connection"]["links"][KITCHEN]["phase"] == "up"


async def test_status_shows_what_liveness_thinks_of_a_link(tree: Supervised) -> None:
    judged: dict[str, Any] = {
        "links": {KITCHEN: {"interface": "p2p-wlan0-0", "verdict": "suspect", "finding": "firewalled"}}
    }
    judged["problem"] = {"reason": "no-probes", "sentence": "It cannot be probed.", "advice": "Free the port."}
    scripts = (write(tree, "discovery", RADIO), write(tree, "connection", UP), write(tree, "liveness", judged))
    async with tree.running(*scripts):
        await tree.until_running()
        said = await airhail(tree, "status")
        assert re.search(rf"^Kitchen +{KITCHEN} +up, suspect, firewalled +", said.out, re.MULTILINE)
        assert "problem: no-probes: It cannot be probed.\n  Free the port.\n" in said.out


async def test_status_while_an_actor_is_down(tree: Supervised) -> None:
    async with tree.running(write(tree, "discovery", RADIO), "connection=misconfigured"):
        await tree.until_running()
        said = await airhail(tree, "status")
        assert said.status == ExitStatus.DONE
        assert re.search(r"^connection +FATAL", said.out, re.MULTILINE)
        assert "unknown: connection does not run: it is FATAL" in said.out
        shown = (await airhail(tree, "status", "--json")).document
        assert list(shown["unreachable"]) == ["connection"]
        said = await airhail(tree, "connect", KITCHEN)
        assert said.status == ExitStatus.NOT_RUNNING
        assert "connection refused its configuration" in said.err


async def test_status_waits_until_every_actor_serves(tree: Supervised) -> None:
    waited = trio.Event()

    async def wait() -> None:
        said = await airhail(tree, "status", "--wait", "--json")
        assert said.status == ExitStatus.DONE
        assert said.document["supervisor"]["state"] == "running"
        waited.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        async with tree.running("one=plain", "two=serve"):
            await waited.wait()


async def test_status_does_not_wait_for_ever(tree: Supervised) -> None:
    said = await airhail(tree, "status", "--wait", "0.2")
    assert (said.status, said.out) == (ExitStatus.NOT_RUNNING, "")
    async with tree.running("one=plain", "two=mute"):
        await tree.until(lambda state: state["actors"]["two"]["state"] == "STARTING")
        said = await airhail(tree, "status", "--wait", "0.2")
    assert said.status == ExitStatus.FAILED
    assert "two is STARTING" in said.err


async def test_status_waits_for_nobody_who_will_not_come(tree: Supervised) -> None:
    async with tree.running("discovery=serve", "connection=misconfigured"):
        await tree.until_running()
        said = await airhail(tree, "status", "--wait")
        assert (said.status, said.out) == (ExitStatus.NOT_RUNNING, "")
        assert "connection does not run: it is FATAL" in said.err
    assert "ready, but for connection" in tree.log.read_text()


async def test_status_tells_problems_and_advice(tree: Supervised) -> None:
    problem = {"reason": "radio-off", "sentence": "Wi-Fi is off.", "advice": "Switch it on."}
    failed = link("failed", **REFUSED, next_attempt={"in": 59})
    callers = {"callers": {ATTIC: {"since": {"in": -5}}}}
    actors = write(tree, "discovery", {"problem": problem}), write(tree, "connection", {**failed, **callers})
    async with tree.running(*actors):
        await tree.until_running()
        said = await airhail(tree, "status")
        assert "problem: radio-off: Wi-Fi is off.\n  Switch it on.\n" in said.out
        assert (
            f"Kitchen ({KITCHEN}): peer-never-answered: Kitchen did not answer.\n  Connect there too.\n" in said.out
        )
        assert re.search(r"failed, trying again in \d+ s", said.out)
        assert re.search(rf"^{ATTIC} called \d+ s ago", said.out, re.MULTILINE)


async def test_a_question_is_shown_and_answered(tree: Supervised) -> None:
    symptoms = [{"symptom": "device-stuck", "sentence": "The device is stuck."}]
    question = {"rung": "remanage", "peer": "", "since": {"in": -5}, "sentence": "May airhail?"}
    failed = link("failed", **REFUSED, symptoms=["deadlock"], rungs=["clear-flags", "flush"])
    begin = {**failed, "symptoms": symptoms, "question": question}
    async with tree.running(write(tree, "discovery", RADIO), write(tree, "connection", begin, answer=[])):
        await tree.until_running()
        said = await airhail(tree, "status")
        assert "symptom: device-stuck: The device is stuck.\n" in said.out
        assert "question: remanage: May airhail?\n  `airhail answer yes` or `airhail answer no`\n" in said.out
        assert "  symptoms: deadlock; tried: clear-flags, flush\n" in said.out
        said = await airhail(tree, "answer", "no")
        assert (said.status, said.out) == (ExitStatus.DONE, "remanage: no; airhail goes on without\n")
        assert (await airhail(tree, "answer", "yes", "--json")).document == {"answer": "yes", "rung": "remanage"}
        assert (await airhail(tree, "answer", "perhaps")).status == ExitStatus.USAGE


async def test_peers_at_once_when_a_find_has_settled(tree: Supervised) -> None:
    async with tree.running(write(tree, "discovery", RADIO, want_find=[FINDING])):
        await tree.until_running()
        said = await airhail(tree, "peers")
        assert said.status == ExitStatus.DONE
        assert said.out.splitlines()[0].split() == ["NAME", "ADDRESS", "SIGNAL", "SEEN"]
        assert re.search(rf"^Kitchen +{KITCHEN} +-48 dBm +now$", said.out, re.MULTILINE)
        assert re.search(rf"^Attic\\x1b\[2J +{ATTIC} +2 min ago$", said.out, re.MULTILINE)
        shown = (await airhail(tree, "peers", "--json")).document
        assert [peer["address"] for peer in shown["peers"]] == [KITCHEN, ATTIC]


async def test_peers_when_nobody_is_near(tree: Supervised) -> None:
    async with tree.running(write(tree, "discovery", RADIO, want_find=[])):
        await tree.until_running()
        said = await airhail(tree, "peers", "--for", "3")
        assert said.status == ExitStatus.DONE
        assert said.out.startswith("nobody was seen within 3 s")
        assert (await airhail(tree, "peers", "--for", "3", "--json")).document == {"peers": []}


async def test_peers_without_a_radio(tree: Supervised) -> None:
    problem = {"reason": "no-radio", "sentence": "There is no radio.", "advice": "Plug one in."}
    async with tree.running(write(tree, "discovery", {"problem": problem}, want_find=[])):
        await tree.until_running()
        said = await airhail(tree, "peers")
        assert said.status == ExitStatus.FAILED
        assert said.out == "problem: no-radio: There is no radio.\n  Plug one in.\n"


async def test_peers_watch_until_interrupted(tree: Supervised) -> None:
    async with tree.running(write(tree, "discovery", RADIO, want_find=[FINDING, RADIO])):
        await tree.until_running()
        command = [sys.executable, "-m", "airhail.supervisor", "peers", "--watch"]
        process = await trio.lowlevel.open_process(command, cwd=ROOT, env=tree.environment, stdout=subprocess.PIPE)
        assert process.stdout is not None
        heard = b""
        with trio.fail_after(WITHIN):
            while b"gone" not in heard:
                heard += await process.stdout.receive_some()
            process.send_signal(signal.SIGINT)
            assert await process.wait() == ExitStatus.INTERRUPTED
        await process.stdout.aclose()
        assert heard.decode().splitlines() == [f"near: Kitchen, {KITCHEN}, -48 dBm", f"gone: Kitchen, {KITCHEN}"]


async def test_connect_without_waiting(tree: Supervised) -> None:
    actors = write(tree, "discovery", {**RADIO, "peers": PEERS}), write(tree, "connection", {"links": {}}, connect=[])
    async with tree.running(*actors):
        await tree.until_running()
        said = await airhail(tree, "connect", "kitchen")
        assert said.status == ExitStatus.DONE
        assert said.out.startswith(f"a link with Kitchen ({KITCHEN}) is wanted from now on")
        assert f"airhail disconnect {KITCHEN}" in said.out
        shown = (await airhail(tree, "connect", "02-00-00-00-00-09", "--json")).document
        assert shown == {"peer": "02:00:00:00:00:09", "wanted": True}


async def test_connect_and_wait(tree: Supervised) -> None:
    steps = [link("finding"), link("activating"), link("addressing"), UP]
    actors = (
        write(tree, "discovery", {**RADIO, "peers": PEERS}),
        write(tree, "connection", link("failed", since={"in": -50}, **REFUSED, needs_person=True), connect=steps),
    )
    async with tree.running(*actors):
        await tree.until_running()
        said = await airhail(tree, "connect", "Kitchen", "--wait")
        assert said.status == ExitStatus.DONE
        assert said.out.startswith(
            f"linked with Kitchen ({KITCHEN}): the peer is 10.128.0.2, this host is 10.128.0.1/24, p2p-wlan0-0, GO\n"
        )
        assert f"Kitchen ({KITCHEN}): agreeing with the peer on a group" in said.err
        shown = (await airhail(tree, "connect", "Kitchen", "--wait", "5", "--json")).document
        assert shown["phase"] == "up"
        assert shown["addresses"] == ["10.128.0.1/24"]
        assert shown["peer_address"] == "10.128.0.2"


async def test_connect_fails(tree: Supervised) -> None:
    pausing = link("failed", **REFUSED, next_attempt={"in": 0.2})
    actors = (
        write(tree, "discovery", {**RADIO, "peers": PEERS}),
        write(
            tree,
            "connection",
            {"links": {}},
            connect=[pausing, link("activating", attempt=2), link("failed", **REFUSED, needs_person=True)],
        ),
    )
    async with tree.running(*actors):
        await tree.until_running()
        said = await airhail(tree, "connect", "Kitchen", "--wait")
        assert said.status == ExitStatus.FAILED
        assert "peer-never-answered: Kitchen did not answer. Connect there too." in said.out
        assert "the wish stays" in said.out
        assert "(attempt 2)" in said.err


async def test_connect_takes_too_long(tree: Supervised) -> None:
    actors = (
        write(tree, "discovery", {**RADIO, "peers": PEERS}),
        write(tree, "connection", {"links": {}}, connect=[link("finding")]),
    )
    async with tree.running(*actors):
        await tree.until_running()
        said = await airhail(tree, "connect", "Kitchen", "--wait", "3")
        assert said.status == ExitStatus.FAILED
        assert "within 3 s: looking for the peer; airhail goes on trying" in said.out


async def test_connect_is_refused(tree: Supervised) -> None:
    actors = write(tree, "discovery", {**RADIO, "peers": PEERS}), write(tree, "connection", {}, connect="refuse")
    async with tree.running(*actors):
        await tree.until_running()
        said = await airhail(tree, "connect", "Kitchen")
        assert (said.status, said.err) == (ExitStatus.FAILED, "airhail: the script says no\n")


async def test_connect_goes_on_through_a_restart_of_the_actor(tree: Supervised) -> None:
    actors = (
        write(tree, "discovery", {**RADIO, "peers": PEERS}),
        write(tree, "connection", {"links": {}}, connect=[link("activating")]),
    )
    async with tree.running(*actors), trio.open_nursery() as nursery:
        state = await tree.until_running()
        said: list[Said] = []

        async def connect() -> None:
            said.append(await airhail(tree, "connect", "Kitchen", "--wait"))

        nursery.start_soon(connect)
        await until_published(tree, "connection", "activating")
        write(tree, "connection", UP)
        os.kill(pid_of(state, "connection"), signal.SIGKILL)
    assert said[0].status == ExitStatus.DONE


async def test_an_interrupted_wait_says_that_the_wish_stays(tree: Supervised) -> None:
    actors = write(tree, "discovery", {}), write(tree, "connection", {"links": {}}, connect=[link("activating")])
    async with tree.running(*actors):
        await tree.until_running()
        command = [sys.executable, "-m", "airhail.supervisor", "connect", KITCHEN, "--wait"]
        process = await trio.lowlevel.open_process(command, cwd=ROOT, env=tree.environment, stderr=subprocess.PIPE)
        assert process.stderr is not None
        async with process.stderr as stderr:
            heard = b""
            with trio.fail_after(WITHIN):
                while b"agreeing" not in heard:
                    heard += await stderr.receive_some()
                process.send_signal(signal.SIGINT)
                async for more in stderr:
                    heard += more
                assert await process.wait() == ExitStatus.INTERRUPTED
        assert f"the wish stays until `airhail disconnect {KITCHEN}`" in heard.decode().splitlines()[-1]


async def until_published(tree: Supervised, actor: str, word: str) -> None:
    with trio.fail_after(WITHIN):
        while word not in (await airhail(tree, "inspect", actor)).out:
            await trio.lowlevel.checkpoint()


async def test_names_that_do_not_fit_one_peer(tree: Supervised) -> None:
    twins = {address: {"address": address, "name": "Twin", "present": True} for address in (KITCHEN, ATTIC)}
    finding = {**FINDING, "peers": twins}
    # A search for somebody who is not there takes half a minute, unless this host cannot search.
    off = {**finding, "problem": {"reason": "radio-off", "sentence": "Wi-Fi is off."}}
    actors = write(tree, "discovery", finding, want_find=[off]), write(tree, "connection", {})
    async with tree.running(*actors):
        await tree.until_running()
        said = await airhail(tree, "connect", "twin")
        assert said.status == ExitStatus.NO_SUCH_PEER
        assert f"2 peers are called 'twin': name one by its address: {KITCHEN}, {ATTIC}" in said.err
        said = await airhail(tree, "connect", "nobody")
        assert said.status == ExitStatus.NO_SUCH_PEER
        assert f"known are Twin ({KITCHEN}), Twin ({ATTIC})" in said.err
        assert (await airhail(tree, "disconnect", "twin")).status == ExitStatus.NO_SUCH_PEER


async def test_a_name_is_searched_for_also_when_others_are_near(tree: Supervised) -> None:
    attic = {address: {**peer, "present": True} for address, peer in PEERS.items() if address == ATTIC}
    others = {**FINDING, "peers": attic}
    actors = write(tree, "discovery", others, want_find=[others, FINDING]), write(tree, "connection", {}, connect=[])
    async with tree.running(*actors):
        await tree.until_running()
        said = await airhail(tree, "connect", "kitchen", "--json")
        assert said.document == {"peer": KITCHEN, "wanted": True, "name": "Kitchen"}


async def test_a_name_cannot_be_searched_for_while_the_radio_is_lent(tree: Supervised) -> None:
    lent = {**RADIO, "find": {"state": "lent", "since": {"in": 0}}}
    async with tree.running(write(tree, "discovery", lent, want_find=[]), write(tree, "connection", {})):
        await tree.until_running()
        said = await airhail(tree, "connect", "kitchen")
        assert said.status == ExitStatus.NO_SUCH_PEER
        assert "no peer is called 'kitchen': " in said.err
        assert "while the radio is busy with a link" in said.err


async def test_a_name_means_a_trusted_peer_first_and_nobody_need_see_it(tree: Supervised) -> None:
    trusted = {"trusted": {"5f1c9a0e37d24b86": {"name": "Kitchen", "addresses": [ATTIC, KITCHEN]}}}
    finding = {**FINDING, "peers": PEERS}
    actors = write(tree, "discovery", finding), write(tree, "connection", {"links": {}, **trusted}, connect=[])
    async with tree.running(*actors):
        await tree.until_running()
        for meant in ("kitchen", "5f1c9a0e37d24b86"):
            said = await airhail(tree, "connect", meant, "--json")
            assert said.document == {"peer": ATTIC, "wanted": True, "name": "Kitchen"}
        assert (await airhail(tree, "connect", KITCHEN, "--json")).document["peer"] == KITCHEN


async def test_a_trusted_peer_is_waited_for_at_any_of_its_addresses(tree: Supervised) -> None:
    trusted = {"trusted": {"5f1c9a0e37d24b86": {"name": "Kitchen", "addresses": [KITCHEN, ATTIC]}}}
    actors = (
        write(tree, "discovery", {**RADIO, "peers": PEERS}),
        write(tree, "connection", {"links": {}, **trusted}, connect=[{**UP, **trusted}]),
    )
    async with tree.running(*actors):
        await tree.until_running()
        said = await airhail(tree, "connect", ATTIC, "--wait")
        assert said.status == ExitStatus.DONE


async def test_a_script_follows_the_calls(tree: Supervised) -> None:
    call = {"peer": "5f1c9a0e37d24b86", "name": "Kitchen", "address": KITCHEN, "until": 1e9}
    over: dict[str, Any] = {"incoming": []}
    again = {"incoming": [{**call, "peer": "0e37d24b865f1c9a"}]}
    # What else is published meanwhile is no news of a call.
    calls = write(tree, "connection", {"incoming": [call]}, accept=[over, {**over, "links": {}}, again])
    async with tree.running(calls):
        await tree.until_running()
        command = [sys.executable, "-m", "airhail.supervisor", "incoming", "--watch", "--json"]
        process = await trio.lowlevel.open_process(command, cwd=ROOT, env=tree.environment, stdout=subprocess.PIPE)
        assert process.stdout is not None
        heard = b""
        with trio.fail_after(2 * WITHIN):
            while b"\n" not in heard:
                heard += await process.stdout.receive_some()
            said = await airhail(tree, "accept")
            assert said.out.startswith(f"Kitchen ({KITCHEN}): accepted")
            while heard.count(b"\n") < 3:
                heard += await process.stdout.receive_some()
            process.send_signal(signal.SIGINT)
            assert await process.wait() == ExitStatus.INTERRUPTED
        await process.stdout.aclose()
        told = [[one["peer"] for one in json.loads(line)["incoming"]] for line in heard.decode().splitlines()]
        assert told == [["5f1c9a0e37d24b86"], [], ["0e37d24b865f1c9a"]]


async def test_disconnect(tree: Supervised) -> None:
    gone: dict[str, Any] = {"links": {}}
    async with tree.running(write(tree, "connection", UP, disconnect=[link("down", wanted=True), gone])):
        await tree.until_running()
        said = await airhail(tree, "disconnect", "kitchen", "--wait")
        assert (said.status, said.out) == (ExitStatus.DONE, f"no link with Kitchen ({KITCHEN}) any more\n")
        shown = (await airhail(tree, "disconnect", KITCHEN, "--json")).document
        assert shown == {"peer": KITCHEN, "wanted": False}


async def test_disconnect_takes_too_long(tree: Supervised) -> None:
    async with tree.running(write(tree, "connection", UP, disconnect=[])):
        await tree.until_running()
        said = await airhail(tree, "disconnect", "kitchen", "--wait", "2")
        assert said.status == ExitStatus.FAILED
        assert "still there after 2 s" in said.out


async def test_inspect(tree: Supervised) -> None:
    async with tree.running(write(tree, "discovery", {**RADIO, "peers": PEERS})):
        await tree.until_running()
        said = await airhail(tree, "inspect", "discovery")
        assert said.status == ExitStatus.DONE
        assert "\n    name: Attic\\x1b[2J\n" in said.out
        shown = (await airhail(tree, "inspect", "supervisor", "--json")).document
        assert shown["state"]["actors"]["discovery"]["state"] == "RUNNING"
        said = await airhail(tree, "inspect", "weather")
        assert said.status == ExitStatus.USAGE
        assert "there is no actor 'weather'; there are: supervisor, discovery" in said.err


async def test_a_reader_that_leaves(tree: Supervised) -> None:
    async with tree.running(write(tree, "discovery", FINDING, want_find=[])):
        await tree.until_running()
        reading, writing = os.pipe()
        os.close(reading)
        assert await run_into(writing, tree, "peers") == (ExitStatus.OUTPUT_CLOSED, "")


async def test_a_disk_that_is_full_behind_the_output(tree: Supervised) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    said = "airhail: the output cannot be written: No space left on device\n"
    assert await run_into(full, tree, "crashes") == (ExitStatus.FAILED, said)


async def run_into(output: int, tree: Supervised, *arguments: str) -> tuple[int, str]:
    """Run a command with *output*, which is then closed; return its status and what it complains of."""
    command = [sys.executable, "-m", "airhail.supervisor", *arguments]
    try:
        with trio.fail_after(WITHIN):
            done = await trio.run_process(
                command, cwd=ROOT, env=tree.environment, stdout=output, capture_stderr=True, check=False
            )
    finally:
        os.close(output)
    return done.returncode, done.stderr.decode()


async def test_run_says_when_it_is_ready_and_refuses_a_bad_configuration(tree: Supervised) -> None:
    (tree.directory / "airhail.toml").write_text('[log]\nlevel = "loud"\n')
    said = await airhail(tree, "run")
    assert said.status == ExitStatus.BAD_CONFIG
    assert "airhail.toml, line 2: [log] level" in said.err
    said = await airhail(tree, "run", "--config", "/nowhere/at.all")
    assert said.status == ExitStatus.BAD_CONFIG
    said = await airhail(tree, "run", "--ready-fd", "77")
    assert said.status == ExitStatus.USAGE
