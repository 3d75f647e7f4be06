# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which key a farm gets: every combination against a second opinion, and what each refusal says."""

from __future__ import annotations

import hashlib
import pickle
from itertools import permutations, product

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError, KeyConflict, MemberNotRead
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.key_decision import (
    SOURCE_TREE,
    VARIABLES,
    Join,
    KeyPolicy,
    decide,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey import DisclosedKeys, MachineKey
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey.disclosed import hash_of
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey.node_key import NodeKey, Origin, Problem, judge


def made_of(label: str, validation: str = "HMACSHA256") -> MachineKey:
    """A key that looks random and is the same in every process that collects these tests."""
    digest = hashlib.sha512(label.encode())
    return MachineKey(digest.hexdigest().upper(), hashlib.sha256(digest.digest()).hexdigest().upper(), validation)


A, B, D, S = made_of("A"), made_of("B"), made_of("D"), made_of("S", "SHA1")
LISTED = DisclosedKeys(frozenset({hash_of(D.validation_key)}))
ODD = MachineKey(A.validation_key[:-1], A.decryption_key)
AUTO = MachineKey("AutoGenerate,IsolateApps", "AutoGenerate,IsolateApps")
FILE = r"C:\inetpub\chat\web.config"
ORIGINS = {name: Origin("app /chat", FILE, 7) for name in ("validationKey", "decryptionKey", "validation", "decryption")}


def held(key: MachineKey) -> NodeKey:
    return judge(key.attributes(), origins=ORIGINS, disclosed=LISTED)


PROTECTED = NodeKey(
    "protected",
    problems=(Problem("The section is encrypted.", "Decrypt it: aspnet_regiis -pdf.", origin=Origin("app /chat", FILE, 4)),),
)
REFUSED = NodeKey("refused", problems=(Problem("Unrecognized element.", "Correct the file.", origin=Origin("site", FILE, 9)),))
MIXED = judge({"validationKey": A.validation_key}, origins=ORIGINS)
REPLACED = judge(A.attributes() | {"dataProtectorType": "Contoso.Protector", "applicationName": "chat"})

VARIABLE = {"none": None, "A": A, "B": B, "auto": AUTO, "invalid": ODD, "disclosed": D}
HELD = {
    "none": judge({}),
    "A": held(A),
    "B": held(B),
    "auto": held(AUTO),
    "invalid": held(ODD),
    "protected": PROTECTED,
    "disclosed": held(D),
}
SOURCE = HELD | {"none": None}
KEYS = {"A": A, "B": B, "disclosed": D}


def second_opinion(variable, source, nodes, authority, accept_weak, declared):
    """The same decision on words: (outcome or reason, whose key it is, which key)."""
    usable = [state for state in nodes if state in KEYS]
    says = {
        "variable": variable if variable in KEYS else None,
        "source": source if source in KEYS else None,
        "node": usable[0] if len(set(usable)) == 1 else None,
    }
    if variable in ("auto", "invalid"):
        return "variable_unusable", "", None
    winner = says.get(authority)
    if source in ("invalid", "protected") and winner is None:
        return "source_unusable", "", None
    if "protected" in nodes:
        return "node_protected", "", None
    if "invalid" in nodes and (winner is None or authority == "node"):
        return "node_unusable", "", None
    if winner is None:
        declarations = {says["variable"], says["source"]} - {None}
        opinions = declarations if says["variable"] else declarations | set(usable)
        if len(opinions) > 1:
            return "conflict", "", None
        if not opinions:
            return ("generate" if declared else "not_declared"), "", None
        winner = opinions.pop()
    whose = next(
        who for who in (authority, "variable", "node", "source") if who and (says[who] == winner or (who == "node" and winner in usable))
    )
    if all(state == winner for state in nodes):
        return "in_sync", whose, winner
    if winner == "disclosed" and not accept_weak:
        return "disclosed", "", None
    return ("adopt" if whose == "node" else "apply"), whose, winner


POLICIES = [*product((None, "node", "source", "variable"), (False, True), (False, True))]


def check_all(size, policies):
    checked = 0
    for states in product(HELD, repeat=size):
        nodes = {f"web0{number}": HELD[state] for number, state in enumerate(states, 1)}
        for (variable, source), policy in product(product(VARIABLE, SOURCE), policies):
            authority, accept_weak, declared = policy
            got = decide(
                variable=VARIABLE[variable],
                source=SOURCE[source],
                nodes=nodes,
                policy=KeyPolicy(authority=authority, accept_weak=accept_weak, declared=declared),
                disclosed=LISTED,
            )
            case = (variable, source, states, policy)
            word, whose, key = second_opinion(variable, source, states, authority, accept_weak, declared)
            assert (got.reason or got.outcome, got.from_) == (word, whose), case
            assert got.key == KEYS.get(key), case
            if got.outcome == "refuse":
                assert got.error is not None and not got.needs_change and not got.source_needs_change, case
            elif got.outcome == "generate":
                assert all(got.needs_change.values()) and got.source_needs_change == (source != "none"), case
            else:
                assert got.needs_change == {name: state != key for name, state in zip(nodes, states, strict=True)}, case
                assert got.source_needs_change == (source not in ("none", "protected", key)), case
            checked += 1
    return checked


def test_every_combination_of_two_nodes_under_every_policy():
    assert check_all(2, POLICIES) == 7**2 * 6 * 7 * 16


@pytest.mark.parametrize("authority", [None, "source"])
def test_every_combination_of_three_nodes(authority):
    assert check_all(3, [(authority, False, True)]) == 7**3 * 6 * 7


# What people meet, written out: variable, source, nodes, policy -> outcome or reason.
SCENARIOS = [
    ("fresh farm", None, None, ["none", "none", "none"], {"declared": True}, "generate"),
    ("fresh farm, members not declared", None, None, ["none", "none"], {}, "not_declared"),
    ("one node has a key", None, None, ["A", "auto", "none"], {}, "adopt"),
    ("all have it", None, None, ["A", "A"], {}, "in_sync"),
    ("all have it, the source tree does not", None, "none", ["A", "A"], {}, "in_sync"),
    ("two keys", None, None, ["A", "B"], {}, "conflict"),
    ("two keys, a declared one", "A", None, ["A", "B"], {}, "apply"),
    ("two keys, the source tree is right", None, "B", ["A", "B"], {"authority": "source"}, "apply"),
    ("two keys, the nodes are right: which?", None, None, ["A", "B"], {"authority": "node"}, "conflict"),
    ("the source tree differs", None, "B", ["A", "A"], {}, "conflict"),
    ("the source tree differs, the nodes are right", None, "B", ["A", "none"], {"authority": "node"}, "adopt"),
    ("the source tree differs from the variables", "A", "B", ["none", "none"], {}, "conflict"),
    ("only the source tree has it", None, "A", ["none", "auto"], {}, "apply"),
    ("a broken key", "A", None, ["A", "invalid"], {}, "node_unusable"),
    ("a broken key, replaced on demand", "A", None, ["A", "invalid"], {"authority": "variable"}, "apply"),
    ("an encrypted key is never replaced", "A", None, ["A", "protected"], {"authority": "variable"}, "node_protected"),
    ("a public key", None, None, ["disclosed", "none"], {}, "disclosed"),
    ("a public key, accepted", None, None, ["disclosed", "none"], {"accept_weak": True}, "adopt"),
    ("a public key, everywhere already", None, None, ["disclosed", "disclosed"], {}, "in_sync"),
]


@pytest.mark.parametrize(("title", "variable", "source", "states", "policy", "expected"), SCENARIOS, ids=[s[0] for s in SCENARIOS])
def test_scenario(title, variable, source, states, policy, expected):
    got = ask(variable and VARIABLE[variable], source and SOURCE[source], [HELD[state] for state in states], **policy)
    assert (got.reason or got.outcome) == expected, title


def ask(variable, source, nodes, *, missing=(), join=None, **policy):
    named = {f"web0{number}": node for number, node in enumerate(nodes, 1)}
    return decide(variable=variable, source=source, nodes=named, missing=missing, join=join, policy=KeyPolicy(**policy), disclosed=LISTED)


def test_order_of_nodes_does_not_matter():
    for states in (("A", "none", "A"), ("A", "B", "none"), ("A", "invalid", "protected")):
        outcomes = {
            (got.outcome, got.reason, got.key) for order in permutations(states) for got in [ask(None, None, [HELD[s] for s in order])]
        }
        assert len(outcomes) == 1, states


def test_done_means_in_sync():
    """What a decision asks for, once done, leaves nothing to do."""
    for states in product(HELD, repeat=2):
        for variable, source in product(VARIABLE, SOURCE):
            got = ask(VARIABLE[variable], SOURCE[source], [HELD[state] for state in states], accept_weak=True)
            if got.key is None:
                continue
            after = held(got.key)
            source_after = after if got.source_needs_change else SOURCE[source]
            again = ask(VARIABLE[variable], source_after, [after, after], accept_weak=True)
            assert (again.outcome, again.source_needs_change) == ("in_sync", False)


def test_spelling_is_no_difference():
    spelled = MachineKey(A.validation_key.lower(), f" {A.decryption_key} ", "HMACSHA256", "Auto")
    assert ask(A, held(spelled), [held(A), held(spelled)]).outcome == "in_sync"
    assert ask(None, None, [held(A), held(MachineKey(A.validation_key, A.decryption_key, "HMACSHA512"))]).reason == "conflict"


# Members that were not read

PEERS = {"web08": A.fingerprint, "web09": A.fingerprint}
NEW = frozenset({"web01"})
JOINS = [
    (A, ["none"], Join(NEW, PEERS, proven=True), "apply"),
    (None, ["none", "A"], Join(NEW, PEERS, proven=True), "adopt"),
    (A, ["none"], Join(NEW, PEERS, proven=False), "member_not_read"),
    (A, ["none"], Join(frozenset(), PEERS, proven=True), "member_not_read"),
    (A, ["none"], Join(NEW, {"web08": A.fingerprint}, proven=True), "member_not_read"),
    (A, ["none"], Join(NEW, PEERS | {"web09": B.fingerprint}, proven=True), "member_not_read"),
    (B, ["none"], Join(NEW, PEERS, proven=True), "member_not_read"),
    (A, ["none", "B"], Join(NEW, PEERS, proven=True), "member_not_read"),
    (None, ["none"], Join(NEW, PEERS, proven=True), "member_not_read"),
    (A, ["none"], None, "member_not_read"),
    (A, ["A", "A"], None, "in_sync"),
]


@pytest.mark.parametrize(("variable", "states", "join", "expected"), JOINS)
def test_members_not_read(variable, states, join, expected):
    got = ask(variable, None, [HELD[state] for state in states], missing={"web09", "web08"}, join=join, declared=True)
    assert (got.reason or got.outcome) == expected
    assert got.missing == ("web08", "web09")
    if expected == "member_not_read":
        assert isinstance(got.error, MemberNotRead) and "Not read: web08, web09." in str(got.error)


@pytest.mark.parametrize(
    ("variable", "states", "expected"), [(A, ["none"], "members_unknown"), (None, ["A", "none"], "members_unknown"), (A, ["A"], "in_sync")]
)
def test_no_key_changes_where_nothing_says_who_the_members_are(variable, states, expected):
    got = ask(variable, None, [HELD[state] for state in states], members_known=False)
    assert (got.reason or got.outcome) == expected
    if got.error:
        assert isinstance(got.error, MemberNotRead) and "farm_members, or name its inventory group in farm_group" in str(got.error)


def test_nothing_read():
    got = ask(A, None, [], missing=["web01"])
    assert got.reason == "nothing_read" and isinstance(got.error, MemberNotRead)


# Weak and development keys


def test_a_weak_algorithm_is_kept_only_where_the_variables_name_it():
    assert ask(None, None, [held(S), HELD["none"]]).reason == "weak"
    assert ask(S, None, [held(S), HELD["none"]]).outcome == "apply"
    assert ask(None, None, [held(S), held(S)]).outcome == "in_sync"
    short = MachineKey(A.validation_key[:20], A.decryption_key)
    got = ask(short, None, [HELD["none"]])
    assert got.reason == "weak" and "has 10 bytes" in str(got.error) and got.error.where == VARIABLES


def test_the_list_is_asked_about_keys_that_were_read_without_it():
    unaware = judge(D.attributes())
    assert not unaware.findings
    for nodes, source in (([unaware, HELD["none"]], None), ([HELD["none"]], unaware)):
        got = ask(None, source, nodes)
        assert got.reason == "disclosed" and "on Microsoft's list" in str(got.error)
    assert held(D).compared_with(LISTED) == held(D)  # told once
    without_list = decide(variable=None, source=None, nodes={"web01": unaware, "web02": HELD["none"]})
    assert without_list.outcome == "adopt"


def test_a_development_key_is_replaced_without_asking():
    policy = {"development_fingerprints": frozenset({B.fingerprint}), "declared": True}
    got = ask(None, held(B), [held(A), held(A)], **policy)
    assert got.outcome == "in_sync" and got.source_needs_change
    got = ask(None, held(B), [held(B), held(B)], **policy)
    assert got.outcome == "generate" and all(got.needs_change.values())
    assert ask(A, held(B), [held(B)], **policy).outcome == "apply"


# What refusals say

TEXTS = [
    ("variable_unusable", {"variable": ODD}, FarmError, "the variables: The variables give a machineKey that no farm can share."),
    ("variable_unusable", {"variable": AUTO}, FarmError, "AutoGenerate is another key on each machine. Give both keys as hex digits"),
    ("source_unusable", {"source": MIXED}, FarmError, "the source tree, C:\\inetpub\\chat\\web.config"),
    (
        "node_unusable",
        {"nodes": [held(ODD), HELD["A"]]},
        FarmError,
        f"web01, {FILE}, line 7: A node has a machineKey that no farm can share.",
    ),
    ("node_unusable", {"nodes": [held(ODD)]}, FarmError, "machineKey validationKey: Validation key specified has invalid hex characters."),
    ("node_unusable", {"nodes": [MIXED, held(ODD)]}, FarmError, f"web02, {FILE}, line 7: machineKey validationKey: Validation key"),
    ("node_unusable", {"nodes": [MIXED]}, FarmError, "only half of the machine key is shared"),
    (
        "node_protected",
        {"nodes": [PROTECTED, HELD["A"]]},
        FarmError,
        f"web01, {FILE}, line 4: The machineKey section of a node is encrypted",
    ),
    ("node_unreadable", {"nodes": [HELD["A"], REFUSED]}, FarmError, f"web02, {FILE}, line 9: ASP.NET refuses"),
    ("provider_replaced", {"nodes": [HELD["A"], REPLACED]}, FarmError, "web02: dataProtectorType replaces machineKey"),
    (
        "conflict",
        {"nodes": [HELD["A"], HELD["B"], HELD["A"]]},
        KeyConflict,
        f"fingerprint {A.fingerprint}: web01, web03; fingerprint {B.fingerprint}: web02.",
    ),
    ("conflict", {"source": HELD["B"], "nodes": [HELD["A"]]}, KeyConflict, f"fingerprint {B.fingerprint}: {SOURCE_TREE}"),
    ("conflict", {"source": HELD["B"], "variable": A}, KeyConflict, "Set farm_machine_key_authority to node or variable"),
    ("disclosed", {"nodes": [HELD["disclosed"], HELD["none"]]}, FarmError, "Publicly disclosed ASP.NET machine key"),
    ("not_declared", {"nodes": [HELD["none"]]}, MemberNotRead, "List every node of the farm in farm_members."),
]


@pytest.mark.parametrize(("reason", "given", "error", "text"), TEXTS)
def test_refusals_name_the_place_and_the_way_on(reason, given, error, text):
    got = ask(given.get("variable"), given.get("source"), given.get("nodes", [HELD["none"]]))
    assert got.reason == reason and got.error.__class__ is error
    assert text in str(got.error) and got.error.next_step.endswith(".")


def test_no_decision_shows_a_key():
    cases = [ask(None, HELD["B"], [HELD["A"], held(ODD), PROTECTED, MIXED]), ask(A, None, [HELD["B"]]), ask(ODD, None, [HELD["A"]])]
    for got in cases:
        text = f"{got!r} {got.error} {got.findings}"
        for key in (A, B):
            assert key.validation_key[:16] not in text and key.decryption_key[:16] not in text


def test_facts_of_all_are_kept():
    got = ask(A, HELD["A"], [held(S), HELD["auto"]])
    assert got.fingerprints == {VARIABLES: A.fingerprint, SOURCE_TREE: A.fingerprint, "web01": S.fingerprint}
    assert got.fingerprint == A.fingerprint and set(got.findings) == {"web01", "web02"}
    assert pickle.loads(pickle.dumps(got)).key == got.key
    assert ask(None, None, [HELD["none"]]).fingerprint is None
