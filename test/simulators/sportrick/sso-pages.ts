import { html } from 'hono/html'
import { ssoPage } from './look.ts'

export interface SsoFormState {
  changed: boolean
  error: string | null
}

const problem = (error: string | null) =>
  error === null ? '' : html`<p class="error-message" role="alert">${error}</p>`

/** User name and password; the same page with a sentence when they are wrong. */
export const credentialsPage = (action: string, { changed, error }: SsoFormState) =>
  ssoPage(
    'Autenticazione',
    html`${problem(error)}
<form method="post" action="${action}">
${
  changed
    ? html`<p>Matricola</p><input type="text" id="u1" name="u1"><p>Segreto</p><input type="password" id="p1" name="p1"><input type="submit" value="Prosegui">`
    : html`<label for="login">Codice Persona</label><input type="text" id="login" name="login" autocomplete="username">
<label for="password">Password</label><input type="password" id="password" name="password" autocomplete="current-password">
<p><input type="checkbox" id="RESTA_CONNESSO" name="RESTA_CONNESSO" value="S"> <label for="RESTA_CONNESSO" style="display:inline">Resta connesso</label></p>
<div class="aunicalogin-button-accedi"><button type="submit" class="btn green" name="evn_conferma" value="S">Accedi</button></div>`
}
</form>
<p><a href="/aunicalogin/recupero">Password dimenticata?</a></p>
<p><button type="button" class="btn">Entra con SPID</button> <button type="button" class="btn">Entra con CIE</button></p>`,
  )

/** The one-time code. */
export const otpPage = (action: string, flow: string, { changed, error }: SsoFormState) =>
  ssoPage(
    'Verifica in due passaggi',
    html`${problem(error)}
<form method="post" action="${action}"><input type="hidden" name="flow" value="${flow}">
${
  changed
    ? html`<p>Codice</p><input type="text" name="c1"><input type="submit" value="Vai">`
    : html`<label for="otp">OTP</label><input type="text" id="otp" name="otp" inputmode="numeric" autocomplete="one-time-code">
<p><button type="submit" class="btn green" id="submit-dissms">Continua</button></p>`
}</form>`,
  )

/** The password is right but too old: a new one must be chosen. */
export const expiredPasswordPage = () =>
  ssoPage(
    'Cambio password',
    html`<p class="error-message">La password è scaduta: è necessario cambiarla per proseguire.</p>
<form method="post" action="/aunicalogin/cambio"><label for="vecchia">Password attuale</label><input type="password" id="vecchia" name="vecchia">
<label for="nuova">Nuova password</label><input type="password" id="nuova" name="nuova"><button type="submit" class="btn">Salva</button></form>`,
  )

/** A SAML hop: a form that submits itself. */
export const samlPage = (action: string, relayState: string, response: string) =>
  html`<!doctype html><html lang="it"><head><title>Attendere</title></head><body onload="document.forms[0].submit()">
<noscript><p>JavaScript è disabilitato: premi Continua.</p></noscript>
<form method="post" action="${action}"><input type="hidden" name="RelayState" value="${relayState}"><input type="hidden" name="SAMLResponse" value="${response}">
<noscript><button type="submit">Continua</button></noscript></form></body></html>`
