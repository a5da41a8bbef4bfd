"""The firewall: what becomes of a packet on a link that no rule was made for."""

from collections.abc import Iterator

from airhail.actors.doctor.facts import Facts, Firewall, Unseen, User
from airhail.actors.doctor.findings import Finding, broken, fine, limit, unknown
from airhail.actors.doctor.ruleset import NAME_OF, base_chains, fate


def firewall(facts: Facts) -> Iterator[Finding]:
    """Tell whether the firewall drops what passes on a link, as far as this user can see."""
    match facts.firewall:
        case Unseen(why):
            yield unknown(f"The firewall cannot be looked at: {why}")
        case found:
            yield from rules_found(found, facts.user)


def rules_found(found: Firewall, user: User) -> Iterator[Finding]:
    """Tell what the rules, or the programs that make them, mean for a link."""
    advice = (
        "Let in what comes from interfaces `p2p-*`: UDP port 67 (DHCP), UDP port 26485 (airhail's probes), and what "
        "you want peers to reach."
    )
    for manager in found.managers:
        yield limit(
            f"{manager} is switched on, which usually drops what a peer begins: links work, services on this host "
            "may not be reached, and a phone gets no address when this host owns the group.",
            f"{advice} In {manager}'s own terms, so that it does not undo it.",
            manager,
        )
    if isinstance(found.ruleset, Unseen):
        yield unknown(
            f"The firewall's rules cannot be seen: {found.ruleset.why}.",
            "" if user.net_admin else "`sudo airhail doctor` sees them.",
            "rules",
        )
    else:
        dropping = [
            (hook, chain, verdict)
            for hook in NAME_OF
            for chain in base_chains(found.ruleset, hook)
            if (verdict := fate(found.ruleset, chain, hook)) != "accept"
        ]
        for hook, chain, verdict in dropping:
            name = f"{chain['family']} {chain['table']} {chain['name']}"
            if verdict == "perhaps":
                what = "this host sends" if hook == "output" else "a peer begins"
                yield unknown(
                    f"The firewall's chain {name} drops what its rules do not spare, and whether they spare what "
                    f"{what} on a link cannot be told: they go by more than the interface's name.",
                    about=name,
                )
            elif hook == "output":
                yield broken(
                    f"The firewall's chain {name} drops what this host sends on a link.",
                    "Let out what goes to interfaces `p2p-*`.",
                    name,
                )
            else:
                yield limit(
                    f"The firewall's chain {name} drops what a peer begins: services on this host cannot be reached "
                    "over a link, and a phone gets no address when this host owns the group.",
                    advice,
                    name,
                )
        if not dropping and not found.managers:
            yield fine("No nftables rule drops all that comes or goes on a link.", "rules")
    if found.legacy_tables:
        yield unknown(
            f"There are tables of iptables' older kind ({', '.join(found.legacy_tables)}), not looked at.",
            "`iptables-legacy-save` as root shows them: look for what drops on `p2p-+`.",
            "legacy",
        )
