"""The instructions a transition may give to the shell, each with what it means. The web binds a function to each."""

from __future__ import annotations

from tanbiao.workflow.registry import REGISTRY

for _name, _meaning in {
    # study
    "freeze_package": "Seal the calculation package; its hash is what every later decision cites.",
    "lock_study": "Refuse edits until the study is returned.",
    "unlock_study": "Let the owner edit again.",
    # certification case
    "verification_begins": "Tell the study that its verification has begun.",
    "correction_needed": "Tell the study that corrections are needed, and unlock it.",
    "open_round": "Begin the next round on the newly submitted package.",
    "study_verified": "Tell the study that a favourable opinion has been stated on its package.",
    "study_released": "Give the study back to its owner: the case has ended without a certificate.",
    "begin_issue": "Open the issue saga: reserve a number, then lint, sign, log and publish.",
    "void_issue": "Void the reserved number for ever, with the reason.",
    # certificate
    "publish": "Write the status list and render the public snapshots again.",
    "revoke": "Set the revocation bit, then publish.",
    "suspend": "Set the suspension bit, then publish.",
    "restore": "Clear the suspension bit, then publish.",
    "new_version": "Sign the next version, which names this one.",
    # factor dataset
    "freeze_version": "Pin the content hash of the version; a later one needs a new submission.",
    "draw_reviewers": "Draw reviewers by lot among those without a conflict, and keep the seed.",
    "tell_provider": "Tell the provider on its desk what was decided and why.",
    "open_dataset_round": "Begin the next round: reviews, comparisons and traces of the last one stay in the history.",
    "publish_dataset": "Give it its identifier and change log, tell subscribers, supersede the version before.",
    "alert_dependants": "Tell whoever uses or follows it; a suspended one is refused in new releases and new uses.",
    # category rule
    "tell_rule_owner": "Tell the owner's people on their desks what was decided and why.",
    "open_rule_round": "Begin the next round: comments and assessments of the last one stay in the history.",
    "issue_rule": "Freeze the document under its hash, log it publicly, replace what it revises, set the filing alarm.",
    "close_local_rules": "Where it is national: close every other rule of its categories at the end of the transition.",
    "announce_end": "Publish the end and its transition; emit it so that certificates come into the migration queue.",
    "drop_revision": "Where it would have revised a rule: that one resumes the state it had.",
    # surveillance, complaints and appeals, transfer
    "plan_next": "Plan the next surveillance within the certificate's validity.",
    "open_value_change": "Open the work item that the figure has to be changed by a case.",
    "suspend_certificate": "Suspend the certificate by the register's own command.",
    "stay_effect": "Where the scheme says so: stay the suspension while the appeal is open.",
    "carry_out_outcome": "Carry out what was decided: overturn, end the stay, open work items.",
    "open_file": "Let the receiving body read the file.",
    "close_file": "Take the receiving body's sight of the file away.",
    "issue_transferred": "Issue the version that names the receiving body, by the saga of every issue.",
    # label licence and use
    "draw_artwork": "Draw the licence's artwork with its number and keep it.",
    "end_uses": "End the uses that may not go on, and tell the holder what must be removed.",
    "show_label_state": "Render the certificate's public pages again: they say what the label may be used for.",
    "open_violation": "Open the work item of the violation with its term.",
    # label scheme
    "publish_scheme": "Log the scheme as it now stands publicly, under the hash of its document.",
}.items():
    REGISTRY.effect(_name, _meaning)
