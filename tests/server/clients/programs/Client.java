// Does the operations of a plan with Java's HttpClient, which by default would upgrade to HTTP/2.
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Client {
  static String field(String line, String name) {
    Matcher found = Pattern.compile("\"" + name + "\": \"?([^\",}]*)").matcher(line);
    return found.find() ? found.group(1) : "";
  }

  static BodyPublisher body(String line, String boundary) throws IOException {
    Path file = Path.of(field(line, "file"));
    String form = field(line, "form");
    if (form.isEmpty()) {
      return line.contains("\"streamed\": true")
          ? BodyPublishers.fromPublisher(BodyPublishers.ofFile(file))
          : BodyPublishers.ofFile(file);
    }
    ByteArrayOutputStream parts = new ByteArrayOutputStream();
    parts.write(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + form
        + "\"; filename=\"" + file.getFileName() + "\"\r\nContent-Type: "
        + field(line, "type") + "\r\n\r\n").getBytes());
    parts.write(Files.readAllBytes(file));
    parts.write(("\r\n--" + boundary + "--\r\n").getBytes());
    return BodyPublishers.ofByteArray(parts.toByteArray());
  }

  public static void main(String[] arguments) throws Exception {
    HttpClient.Builder builder = HttpClient.newBuilder();
    if (arguments.length > 1) {
      builder.version(HttpClient.Version.valueOf(arguments[1]));
    }
    HttpClient client = builder.build();
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      StringBuilder statuses = new StringBuilder();
      byte[] body = {};
      String fault = "";
      for (int i = 0; i < Integer.parseInt(field(line, "times")) && fault.isEmpty(); i++) {
        String boundary = "boundary-of-java";
        String type = field(line, "form").isEmpty()
            ? field(line, "type") : "multipart/form-data; boundary=" + boundary;
        HttpRequest.Builder request = HttpRequest.newBuilder(
            URI.create(field(line, "url")))
            .header("Content-Type", type).timeout(Duration.ofSeconds(60))
            .POST(body(line, boundary));
        Matcher header = Pattern.compile("\"header\": \\[\"([^\"]+)\", \"([^\"]+)\"").matcher(line);
        if (header.find()) {
          request.header(header.group(1), header.group(2));
        }
        try {
          HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
          statuses.append(i == 0 ? "" : ",").append(response.statusCode());
          body = response.body();
        } catch (IOException error) {
          fault = error.getClass().getSimpleName() + " " + error.getMessage();
        }
      }
      System.out.println("{\"statuses\": [" + statuses + "], \"body\": \""
          + Base64.getEncoder().encodeToString(body) + "\", \"fault\": \""
          + fault.replace('"', '\'').replace('\n', ' ') + "\"}");
      System.out.flush();
    }
  }
}
