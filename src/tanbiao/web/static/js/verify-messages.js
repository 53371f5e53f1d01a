/** Made by scripts/verify_messages.py from data/messages/evidence.json; do not edit. */
export const MESSAGES = {
  "base_url_malformed": {
    "zh": "{value} 不是站点地址 请写成 https://主机[:端口][/路径]，不带查询参数。",
    "en": "{value} is no site address Write https://host[:port][/path] without a query."
  },
  "claim_statement_wrong": {
    "zh": "证书的声明不成立（{field}：{reason}） 请向发证机构核实；不要相信此证书。",
    "en": "The certificate's statement does not hold ({field}: {reason}) Ask the body that issued it; do not rely on this certificate."
  },
  "credential_contradicts": {
    "zh": "凭证各处的内容互相矛盾 请勿采信；请向发证机构索取正确的凭证。",
    "en": "The credential contradicts itself Do not rely on it; ask the issuing body for the right one."
  },
  "credential_not_ours": {
    "zh": "凭证不是本平台格式的产品碳足迹证书：{reason} 请提供产品碳足迹证书的凭证。",
    "en": "The credential is no product carbon footprint certificate of this form: {reason} Hand over the credential of such a certificate."
  },
  "credential_off_schema": {
    "zh": "凭证不符合 UNTP 合格评定凭证的结构：{reason} 请更正内容后重新签发。",
    "en": "The credential does not have the form of a UNTP conformity credential: {reason} Correct the content and issue again."
  },
  "document_not_text": {
    "zh": "文件不是文字 请提供证书 PDF、凭证、标识网址或证据包。",
    "en": "The document is not text Hand over a certificate PDF, a credential, a label's address or a bundle."
  },
  "engine_bundled": {
    "zh": "此页面未使用 https，签名由随页面提供的加密程序核对",
    "en": "This page is not served over https: the signature was checked by the cryptography that comes with the page"
  },
  "engine_webcrypto": {
    "zh": "签名由浏览器自带的加密功能核对",
    "en": "The signature was checked by the browser's own cryptography"
  },
  "json_not_strict": {
    "zh": "内容不是严格的 JSON：{reason} 请使用未经改动的原文件：UTF-8、无重复键、无 NaN。",
    "en": "The content is not strict JSON: {reason} Use the original file: UTF-8, no duplicate keys, no NaN."
  },
  "jws_algorithm": {
    "zh": "签名算法 {algorithm} 不被接受 只接受 ES256 与 EdDSA；声称无签名或用口令签名的文件不可信。",
    "en": "The signature algorithm {algorithm} is not accepted Only ES256 and EdDSA are; a document that claims no signature or a password's is not to be trusted."
  },
  "jws_malformed": {
    "zh": "签名文件格式有误：{reason} 请使用未经改动的原文件。",
    "en": "The signed document is malformed: {reason} Use the original file, unchanged."
  },
  "jws_type": {
    "zh": "文件类型为 {found}，应为 {expected} 请提供证书凭证本身。",
    "en": "The document is of type {found}, not {expected} Hand over the certificate's credential itself."
  },
  "label_malformed": {
    "zh": "标识内容无法读取：{reason} 请重新扫描标识上的二维码。",
    "en": "The label's code can't be read: {reason} Scan the code on the label again."
  },
  "pdf_unreadable": {
    "zh": "无法读取 PDF：{reason} 请提供由本平台生成的证书 PDF。",
    "en": "The PDF can't be read: {reason} Hand over the certificate PDF as the platform made it."
  },
  "pdf_without_credential": {
    "zh": "PDF 中没有嵌入凭证 请提供由本平台生成、未经另存或打印的证书 PDF。",
    "en": "No credential is embedded in the PDF Hand over the certificate PDF as the platform made it, not printed or saved anew."
  },
  "proof_index_out_of_range": {
    "zh": "序号 {index} 与日志规模 {size} 不符 请核对证明所属的日志与检查点。",
    "en": "Index {index} does not fit a log of size {size} Check which log and checkpoint the proof belongs to."
  },
  "proof_malformed": {
    "zh": "默克尔证明格式有误：{reason} 请重新下载该证明。",
    "en": "The Merkle proof is malformed: {reason} Download the proof again."
  },
  "proof_root_differs": {
    "zh": "默克尔证明得不到规模为 {size} 的日志的根哈希 内容或证明已被改动，或属于另一份日志；请勿采信。",
    "en": "The Merkle proof does not lead to the root of the log of size {size} Content or proof was changed, or belongs to another log: do not rely on it."
  },
  "proof_unsupported": {
    "zh": "文件没有可核对的签名 请提供 VC-JWT 凭证，或带 eddsa-jcs-2022 证明的凭证。",
    "en": "The document has no signature that can be checked Hand over a VC-JWT, or a credential with an eddsa-jcs-2022 proof."
  },
  "step_accreditation_none": {
    "zh": "按信任名单，{body} 在决定之日（{day}）没有有效的认可",
    "en": "By the trust list {body} was not accredited on the day of the decision ({day})"
  },
  "step_accreditation_ok": {
    "zh": "{body} 在决定之日（{day}）获得认可：{number}（{by}）",
    "en": "{body} was accredited on the day of the decision ({day}): {number} ({by})"
  },
  "step_bundle_bad": {
    "zh": "计算声明中的承诺不成立：{reason}",
    "en": "A commitment in the statement of the calculation does not hold: {reason}"
  },
  "step_bundle_differs": {
    "zh": "计算声明中的数值或计算包与证书不符",
    "en": "Figure or package in the statement of the calculation are not those of the certificate"
  },
  "step_bundle_ok": {
    "zh": "公开的计算声明与证书一致：{size} 行承诺，公开的 {count} 行均已重算核对",
    "en": "The public statement of the calculation agrees: {size} committed rows, each of the {count} shown ones recomputed"
  },
  "step_bundle_other": {
    "zh": "计算声明不是证书所指的那一份",
    "en": "The statement of the calculation is not the one that the certificate names"
  },
  "step_claims_ok": {
    "zh": "证书 {number} 的内容完整、前后一致",
    "en": "The content of certificate {number} is complete and consistent"
  },
  "step_document_ok": {
    "zh": "文件可以读取",
    "en": "The document can be read"
  },
  "step_issuer_keys": {
    "zh": "发证方 {issuer} 的密钥取自其自身地址，没有信任名单说明其资格",
    "en": "The keys of the issuer {issuer} come from its own address; no trust list says that it is entitled"
  },
  "step_issuer_not_entitled": {
    "zh": "发证方在 {day} 不在信任名单的有效期内",
    "en": "The issuer was not entitled on {day} by the trust list"
  },
  "step_issuer_ok": {
    "zh": "发证方 {issuer} 在信任名单内，并在发证之日有资格",
    "en": "The issuer {issuer} is on the trust list and was entitled on the day of issue"
  },
  "step_issuer_other_body": {
    "zh": "签名密钥不属于凭证所写的认证机构 {body}",
    "en": "The signing key is not one of the certification body {body} that is named"
  },
  "step_issuer_other_key": {
    "zh": "签名密钥不属于凭证所写的发证方",
    "en": "The signing key is not one of the issuer that is named"
  },
  "step_issuer_unknown": {
    "zh": "手头没有发证方 {issuer} 的可信密钥，无法判断 请联网查验，或提供信任名单。",
    "en": "No trusted key of the issuer {issuer} is at hand, so nobody can tell Go online, or give a trust list."
  },
  "step_label_bad": {
    "zh": "标识上的签名无效",
    "en": "The signature on the label is bad"
  },
  "step_label_differs": {
    "zh": "标识（{number}，{value}）与证书不一致",
    "en": "The label ({number}, {value}) does not agree with the certificate"
  },
  "step_label_matches": {
    "zh": "标识由同一发证方签署，且与证书一致",
    "en": "The label is signed by the same issuer and agrees with the certificate"
  },
  "step_label_not_checked": {
    "zh": "标识没有核对",
    "en": "The label was not checked"
  },
  "step_label_ok": {
    "zh": "标识 {number} 的内容可以读取",
    "en": "The label {number} can be read"
  },
  "step_label_status": {
    "zh": "标识本身不含状态，是否已被暂停或撤销未核对 请联网打开标识网址。",
    "en": "A label does not carry its status: suspension or withdrawal was not checked Open the label's address online."
  },
  "step_label_validity": {
    "zh": "在有效期内：至 {end}",
    "en": "Within its term, to {end}"
  },
  "step_log_absent": {
    "zh": "手头没有透明日志证明",
    "en": "No proof of the transparency log is at hand"
  },
  "step_log_bad": {
    "zh": "透明日志证明无效：{reason}",
    "en": "The transparency log's proof is bad: {reason}"
  },
  "step_log_ok": {
    "zh": "已记入透明日志第 {index} 条（检查点规模 {size}）",
    "en": "Entered in the transparency log at index {index} (checkpoint of size {size})"
  },
  "step_log_unknown": {
    "zh": "手头没有日志 {origin} 的可信密钥",
    "en": "No trusted key of the log {origin} is at hand"
  },
  "step_receipt_future": {
    "zh": "回执的签发时间在未来：{issued}",
    "en": "The receipt says it was issued in the future: {issued}"
  },
  "step_receipt_log_absent": {
    "zh": "回执不含透明日志证明",
    "en": "The receipt carries no proof of the log"
  },
  "step_receipt_number": {
    "zh": "证书编号 {number} 的状态回执",
    "en": "A status receipt of certificate {number}"
  },
  "step_receipt_state": {
    "zh": "截至 {at}：状态 {state}，数值 {value}",
    "en": "As of {at}: state {state}, value {value}"
  },
  "step_receipt_time_ok": {
    "zh": "回执签发于 {issued}",
    "en": "The receipt was issued at {issued}"
  },
  "step_signature_bad": {
    "zh": "签名无效：内容被改动过，或不是由该密钥签署",
    "en": "The signature is bad: the content was changed, or this key did not sign it"
  },
  "step_signature_no_key": {
    "zh": "没有可信密钥，签名无法核对",
    "en": "Without a trusted key the signature can't be checked"
  },
  "step_signature_ok": {
    "zh": "签名有效（密钥 {kid}）",
    "en": "The signature is good (key {kid})"
  },
  "step_signature_unknown_key": {
    "zh": "发证方没有公布过密钥 {kid}",
    "en": "The issuer never published the key {kid}"
  },
  "step_statement_ok": {
    "zh": "公开声明与证书一致",
    "en": "The public statement is what the certificate says"
  },
  "step_status_absent": {
    "zh": "手头没有可信的状态列表，不知道是否已被暂停或撤销 请联网查验。",
    "en": "No status list that can be believed is at hand: whether it was suspended or withdrawn is not known Go online."
  },
  "step_status_incomplete": {
    "zh": "状态列表不全（截至 {as_of}），不能排除暂停或撤销 请联网查验。",
    "en": "A status list is missing (as of {as_of}): suspension or withdrawal can't be ruled out Go online."
  },
  "step_status_not_checked": {
    "zh": "状态没有核对",
    "en": "The status was not checked"
  },
  "step_status_ok": {
    "zh": "未被暂停或撤销（状态截至 {as_of}）",
    "en": "Neither suspended nor withdrawn (status as of {as_of})"
  },
  "step_status_old": {
    "zh": "状态列表已超过 24 小时（截至 {as_of}），此后可能有变化 请联网查验。",
    "en": "The status list is older than 24 hours (as of {as_of}); things may have changed since Go online."
  },
  "step_status_revocation": {
    "zh": "已被撤销或注销（状态截至 {as_of}）",
    "en": "Withdrawn or cancelled (status as of {as_of})"
  },
  "step_status_suspension": {
    "zh": "已被暂停（状态截至 {as_of}）",
    "en": "Suspended (status as of {as_of})"
  },
  "step_twin_bad": {
    "zh": "包中带 eddsa-jcs-2022 证明的凭证签名无效",
    "en": "The signature of the credential with an eddsa-jcs-2022 proof is bad"
  },
  "step_twin_differs": {
    "zh": "包中带 eddsa-jcs-2022 证明的凭证与 VC-JWT 内容不一致",
    "en": "The credential with an eddsa-jcs-2022 proof does not say what the VC-JWT says"
  },
  "step_twin_not_logged": {
    "zh": "透明日志中签发记录所列的不是包中这份带 eddsa-jcs-2022 证明的凭证",
    "en": "The log's entry of the issue does not name this credential with an eddsa-jcs-2022 proof"
  },
  "step_twin_ok": {
    "zh": "带 eddsa-jcs-2022 证明的同一凭证内容一致，签名有效",
    "en": "The same credential with its eddsa-jcs-2022 proof says the same and its signature is good"
  },
  "step_twin_unreadable": {
    "zh": "包中带 eddsa-jcs-2022 证明的凭证无法读取：{reason}",
    "en": "The credential with an eddsa-jcs-2022 proof in this bundle can't be read: {reason}"
  },
  "step_validity_expired": {
    "zh": "已过期：有效期至 {end}",
    "en": "Expired: its term ended on {end}"
  },
  "step_validity_not_yet": {
    "zh": "尚未生效：{begin} 起有效",
    "en": "Not yet valid: its term begins on {begin}"
  },
  "step_validity_ok": {
    "zh": "在有效期内：{begin} 至 {end}",
    "en": "Within its term: {begin} to {end}"
  },
  "step_validity_unreadable": {
    "zh": "无法读取有效期",
    "en": "The term of validity can't be read"
  },
  "step_value_differs": {
    "zh": "输入的数值 {typed} 与证书不一致：证书为 {certified} {unit}",
    "en": "The figure typed, {typed}, differs: the certificate says {certified} {unit}"
  },
  "step_value_no_figure": {
    "zh": "该证书不含产品碳足迹数值，所填 {typed} 不属于它 请核对标识所属的碳足迹证书。",
    "en": "This certificate has no figure of a product's footprint; {typed} is none of it Check the certificate of the footprint that the label belongs to."
  },
  "step_value_not_asked": {
    "zh": "没有输入标识上的数值",
    "en": "No figure was typed in"
  },
  "step_value_ok": {
    "zh": "输入的数值 {typed} 与证书一致（{certified} {unit}）",
    "en": "The figure typed, {typed}, is the certified one ({certified} {unit})"
  },
  "step_value_unreadable": {
    "zh": "输入的“{typed}”不是数字 请只输入标识上的数字。",
    "en": "“{typed}” is no number Type only the figure on the label."
  },
  "step_witness_bad": {
    "zh": "见证方的会签无效：{reason}",
    "en": "A witness's co-signature is bad: {reason}"
  },
  "step_witness_few": {
    "zh": "已知的 {known} 个见证方中只有 {found} 个会签，要求 {quorum} 个",
    "en": "Only {found} of {known} known witnesses co-signed; {quorum} are asked for"
  },
  "step_witness_ok": {
    "zh": "已由 {known} 个已知见证方中的 {found} 个会签（要求 {quorum} 个）",
    "en": "Co-signed by {found} of {known} known witnesses ({quorum} asked for)"
  },
  "verdict_invalid": {
    "zh": "无效",
    "en": "Not valid"
  },
  "verdict_replaced": {
    "zh": "有效，但已有更新的版本或证书取代",
    "en": "Valid, but a newer version or certificate replaces it"
  },
  "verdict_replaced_demo": {
    "zh": "演示，不构成认证——签名有效，但已有更新的版本或证书取代",
    "en": "Demonstration, no certification – the signature is good, but a newer version or certificate replaces it"
  },
  "verdict_unknown": {
    "zh": "无法判断：没有可信的发证方密钥",
    "en": "Can't tell: no trusted key of the issuer is at hand"
  },
  "verdict_valid": {
    "zh": "有效",
    "en": "Valid"
  },
  "verdict_valid_but": {
    "zh": "有效，但状态未能确认为最新",
    "en": "Valid, but its status could not be confirmed as current"
  },
  "verdict_valid_but_demo": {
    "zh": "演示，不构成认证——签名有效，但状态未能确认为最新",
    "en": "Demonstration, no certification – the signature is good, but the status could not be confirmed as current"
  },
  "verdict_valid_demo": {
    "zh": "有效——演示，不构成认证",
    "en": "Valid – demonstration, no certification"
  }
};
