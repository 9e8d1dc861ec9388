mod world;
use passport_paper::Form;
use world::World;

#[test]
fn look() {
    let world = World::reference(|_| {});
    println!("{} characters", world.text.len());
    for form in Form::ALL {
        let printed = world.print(form);
        println!("{:?}", world::keep(&format!("{}.pdf", form.name()), &printed.pdf));
    }
}
