extension Markup {
  /// Returns a page: HTML that is well-formed XML, with all that it needs in itself.
  ///
  /// - Parameters:
  ///   - title: The title in the browser's frame.
  ///   - head: What else belongs to the head.
  ///   - data: Attributes of the body.
  ///   - style: Rules besides those that all pages have.
  ///   - main: The content.
  ///   - footer: The line below it.
  ///   - script: What the page does.
  package static func document(
    title: String, head: Markup? = nil, data: Markup? = nil, style: String = "", main: Markup, footer: Markup,
    script: String
  ) -> String {
    // Only the page's own scripts have the number of this writing.
    let nonce = String(UInt64.random(in: 0 ... .max), radix: 16)
    let policy =
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'nonce-\(nonce)'; base-uri 'none'; "
      + "form-action 'none'"
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta http-equiv="Content-Security-Policy" content="\(policy)"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <title>\(title)</title>
      <link rel="icon" href="data:,"/>
      \(head)
      <style>\(Markup(Style.sheet + style))</style>
      </head>
      <body \(data)>
      <main>
      \(main)
      </main>
      <footer><p>\(footer)</p></footer>
      <script nonce="\(nonce)">
      //<![CDATA[
      \(Markup(script))
      //]]>
      </script>
      </body>
      </html>

      """
    return page.source
  }
}
