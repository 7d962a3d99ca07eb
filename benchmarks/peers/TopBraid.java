import java.nio.file.*;
import java.util.*;
import java.util.stream.*;
import org.apache.jena.rdf.model.*;
import org.topbraid.shacl.validation.ValidationUtil;

/** Validate a workspace with TopQuadrant's SHACL engine: TopBraid start | validate WORKSPACE [INFERRED.nt]. */
public final class TopBraid {
    private static final String SH = "http://www.w3.org/ns/shacl#";
    private static final String ONTOLOGY = "https://w3id.org/geopol/ns";

    public static void main(String[] arguments) throws Exception {
        Model data = ModelFactory.createDefaultModel();
        if (arguments[0].equals("start")) {
            System.out.println("{}");
            return;
        }
        Path root = Path.of(arguments[1]);
        long start = System.nanoTime();
        for (Path path : files(root.resolve("data"), 9)) data.read(path.toUri().toString(), "TTL");
        long asserted = data.size();
        for (Path path : files(root.resolve("ontology"), 1)) data.read(path.toUri().toString(), "TTL");
        double parse = since(start);
        Set<String> found = new TreeSet<>();
        start = System.nanoTime();
        found.addAll(validate(data, root, "asserted"));
        String stages = String.format(Locale.ROOT, "\"parse\": %.4f, \"validate\": %.4f", parse, since(start));
        if (arguments.length > 2) {
            start = System.nanoTime();
            data.read(Path.of(arguments[2]).toUri().toString(), "N-TRIPLES");
            stages += String.format(Locale.ROOT, ", \"parse the inferred\": %.4f", since(start));
            start = System.nanoTime();
            found.addAll(validate(data, root, "derived"));
            stages += String.format(Locale.ROOT, ", \"validate again\": %.4f", since(start));
        }
        String told = found.stream().map(f -> "\"" + f + "\"").collect(Collectors.joining(","));
        System.out.printf("{\"stages\": {%s}, \"asserted\": %d, \"findings\": [%s]}%n", stages, asserted, told);
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static List<Path> files(Path folder, int depth) throws Exception {
        try (Stream<Path> found = Files.walk(folder, depth)) {
            return found.filter(p -> p.toString().endsWith(".ttl")).sorted().toList();
        }
    }

    private static Set<String> validate(Model data, Path root, String stage) throws Exception {
        Model shapes = ModelFactory.createDefaultModel();
        List<Path> parts = new ArrayList<>(files(root.resolve("ontology/shapes"), 1));
        parts.addAll(files(root.resolve("ontology/shapes").resolve(stage), 1));
        for (Path path : parts) shapes.read(path.toUri().toString(), "TTL");
        Model report = ValidationUtil.validateModel(data, shapes, false).getModel();
        Set<String> found = new TreeSet<>();
        Property focus = report.createProperty(SH, "focusNode"), value = report.createProperty(SH, "value");
        Property component = report.createProperty(SH, "sourceConstraintComponent");
        for (Statement s : report.listStatements(null, report.createProperty(SH, "result"), (RDFNode) null).toList()) {
            Resource result = s.getResource();
            RDFNode node = result.getProperty(focus).getObject();
            // A query over the whole names the culprit as the value.
            if (node.toString().equals(ONTOLOGY) && result.hasProperty(value)) node = result.getProperty(value).getObject();
            found.add(node + " " + result.getProperty(component).getObject());
        }
        return found;
    }
}
