/** The cookies that all of `pastes` hold. */
export const cookie = 'JSESSIONID=0A1B; AGPID_FE=!x%3D; jwt=eyJ.a_b-c=='

/** One request as browsers copy it, by the way of copying. */
export const pastes: Record<string, string> = {
  'bash as Chrome writes it': `curl 'https://p.it/a?b=1' \\
  -H 'accept: */*' \\
  -H 'x-csrf-token: a1-b2' \\
  -b $'JSESSIONID=0A1B; AGPID_FE=\\u0021x%3D; jwt=eyJ.a_b-c==' \\
  --data-raw $'{"a":"l\\'aquila"}'`,
  'bash as Firefox writes it': `curl 'https://p.it/a' --compressed -X POST -H 'User-Agent: M' -H 'X-CSRF-TOKEN: a1-b2' -H 'Cookie: ${cookie}' --data-raw '{}'`,
  'bash with double quotes and long options': `curl "https://p.it" --header "x-csrf-token: a1-b2" --cookie "${cookie}"`,
  'options joined to their values': `curl https://p.it --header='x-csrf-token: a1-b2' --cookie='${cookie}'`,
  'bash with Windows line ends': `curl 'https://p.it' \\\r\n  -H 'x-csrf-token: a1-b2' \\\r\n  -H 'cookie: ${cookie}'`,
  'cmd as Chrome writes it': `curl ^"https://p.it/^" ^\r
  -H ^"sec-ch-ua: ^\\^"Chromium^\\^";v=^\\^"130^\\^"^" ^\r
  -H ^"x-csrf-token: a1-b2^" ^\r
  -b ^"JSESSIONID=0A1B; AGPID_FE=^!x^%^3D; jwt=eyJ.a_b-c==^" ^\r
  --data-raw ^"^{^\\^"a^\\^":1^}^"`,
  'cmd with its line ends lost on the way': `curl ^"https://p.it/^" ^\n -H ^"x-csrf-token: a1-b2^" ^\n -H ^"cookie: JSESSIONID=0A1B; AGPID_FE=^!x^%^3D; jwt=eyJ.a_b-c==^"`,
  PowerShell: `$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession
$session.Cookies.Add((New-Object System.Net.Cookie("JSESSIONID", "0A1B", "/", "p.it")))
$session.Cookies.Add((New-Object System.Net.Cookie("AGPID_FE", "!x%3D", "/", "p.it")))
$session.Cookies.Add((New-Object System.Net.Cookie("jwt", "eyJ.a_b-c==", "/", "p.it")))
Invoke-WebRequest -UseBasicParsing -Uri "https://p.it" -Method "POST" -WebSession $session -Headers @{
"accept"="*/*"
  "x-csrf-token"="a1-b2"
}`,
  'headers, one a line': `POST /cittadino/a HTTP/1.1\nHost: p.it\nCookie: ${cookie}\nX-CSRF-TOKEN: a1-b2`,
  'name and value on lines of their own': `cookie\n${cookie}\nx-csrf-token:\na1-b2`,
}
