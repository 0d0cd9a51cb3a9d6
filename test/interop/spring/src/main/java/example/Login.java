package example;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application of which Spring Boot makes everything: login, session, token refresh. */
@SpringBootApplication
@RestController
public class Login {
    private final ClientRegistrationRepository registrations;

    private final OAuth2AuthorizedClientRepository clients;

    Login(ClientRegistrationRepository registrations, OAuth2AuthorizedClientRepository clients) {
        this.registrations = registrations;
        this.clients = clients;
    }

    public static void main(String[] args) {
        SpringApplication.run(Login.class, args);
    }

    /** Who is signed in. */
    @GetMapping("/me")
    Map<String, Object> me(
            @AuthenticationPrincipal OidcUser user,
            @RegisteredOAuth2AuthorizedClient("domain") OAuth2AuthorizedClient client) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("subject", user.getSubject());
        answer.put("claims", user.getClaims());
        answer.put("userInfo", user.getUserInfo() == null ? null : user.getUserInfo().getClaims());
        answer.put("accessToken", client.getAccessToken().getTokenValue());
        answer.put("refreshable", client.getRefreshToken() != null);
        return answer;
    }

    /** The same after the access token has been refreshed, which Spring does by itself shortly before the token's end. */
    @GetMapping("/refresh")
    Map<String, Object> refresh(
            @AuthenticationPrincipal OidcUser user,
            @RegisteredOAuth2AuthorizedClient("domain") OAuth2AuthorizedClient client,
            Authentication authentication,
            HttpServletRequest request,
            HttpServletResponse response) {
        var manager = new DefaultOAuth2AuthorizedClientManager(registrations, clients);
        manager.setAuthorizedClientProvider(OAuth2AuthorizedClientProviderBuilder.builder()
                .refreshToken(token -> token.clockSkew(Duration.ofDays(1)))
                .build());
        var refreshed = manager.authorize(OAuth2AuthorizeRequest.withAuthorizedClient(client)
                .principal(authentication)
                .attribute(HttpServletRequest.class.getName(), request)
                .attribute(HttpServletResponse.class.getName(), response)
                .build());
        return me(user, refreshed);
    }

    /** Where a logout leads. */
    @GetMapping("/bye")
    String bye() {
        return "bye";
    }
}
