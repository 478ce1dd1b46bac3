import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.Json;
import java.io.FileInputStream;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.ArrayList;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Follows a database with Debezium and sends its change events to Kafka, each to the topic that Debezium names: what Kafka Connect does, in one
 * process. A batch is acknowledged to Debezium when the broker has it; each key that was sent is then printed, on a line. Ends with its input.
 * Usage: Relay PROPERTIES BROKERS
 */
public class Relay {
  public static void main(String[] arguments) throws Exception {
    Properties engineSettings = new Properties();
    try (FileInputStream file = new FileInputStream(arguments[0])) {
      engineSettings.load(file);
    }
    Properties producerSettings = new Properties();
    producerSettings.put("bootstrap.servers", arguments[1]);
    producerSettings.put("acks", "all");
    producerSettings.put("enable.idempotence", "true");
    KafkaProducer<String, String> producer = new KafkaProducer<>(producerSettings, new StringSerializer(), new StringSerializer());
    CountDownLatch ended = new CountDownLatch(1);
    DebeziumEngine<ChangeEvent<String, String>> engine = DebeziumEngine.create(Json.class)
        .using(engineSettings)
        .notifying((events, committer) -> {
          send(producer, events);
          for (ChangeEvent<String, String> event : events) {
            System.out.println(event.key());
            committer.markProcessed(event);
          }
          committer.markBatchFinished();
          System.out.flush();
        })
        .using((success, message, error) -> {
          System.err.println("Debezium ends: " + message);
          if (error != null) error.printStackTrace();
          ended.countDown();
        })
        .build();
    Thread follower = new Thread(engine);
    follower.start();
    Thread stopper = new Thread(() -> {
      try {
        while (System.in.read() >= 0) {}
        engine.close();
      } catch (Exception error) {
        error.printStackTrace();
      }
    });
    stopper.setDaemon(true);
    stopper.start();
    ended.await();
    producer.close();
    System.exit(0);
  }

  private static void send(KafkaProducer<String, String> producer, List<ChangeEvent<String, String>> events) {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (ChangeEvent<String, String> event : events)
      sent.add(producer.send(new ProducerRecord<>(event.destination(), event.key(), event.value())));
    for (Future<RecordMetadata> one : sent) {
      try {
        one.get();
      } catch (Exception error) {
        throw new IllegalStateException("the broker did not take an event", error);
      }
    }
  }
}
